/// Reports of evaluations: tables for people and programs, and one page with every item.
@org.jspecify.annotations.NullMarked
package dev.savile.evaluate.report;
