package dev.savile.cli;

import java.util.concurrent.Callable;

/// Do one thing that the user can ask for by name.
///
/// The class carries picocli's `@Command` and its options. Its `call` returns an exit status and hands the work to
/// another class. Fields and signatures name no class of the engine, since picocli looks at all of them for every
/// start.
interface Verb extends Callable<Integer> {
    @Override
    Integer call();
}
