/// Tasks: what is asked, where its rows are, how answers count; a YAML file each.
@org.jspecify.annotations.NullMarked
package dev.savile.evaluate.task;
