/// One decoder for many families.
///
/// A [dev.savile.model.ModelSpec] lists what differs between families; [dev.savile.model.CausalLm] runs a
/// [dev.savile.forest.TokenForest] through it and asks a [dev.savile.model.Tuning] at every place that a technique
/// may change.
@NullMarked
package dev.savile.model;

import org.jspecify.annotations.NullMarked;
