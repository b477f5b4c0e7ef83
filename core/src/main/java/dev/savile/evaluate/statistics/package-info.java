/// What the scores of a few hundred items allow one to say.
///
/// Everything that compares two systems is paired: both answer the same items, and only the items on which they
/// differ speak. For right-or-wrong items that is the exact McNemar test beside Tango's score interval; for any
/// other score, or for items that hang together in clusters, a bootstrap over clusters and a sign-flip test.
/// Several tests at once go through Holm. Two questions are kept apart everywhere: "is there a difference"
/// ([McNemar]) and "is the cheaper one good enough" (non-inferiority, [Tango]); a missing answer to the first is
/// never read as a yes to the second.
///
/// The distribution functions come from Apache Commons Statistics; the tests, intervals and draws are here.
@NullMarked
package dev.savile.evaluate.statistics;

import org.jspecify.annotations.NullMarked;
