package dev.savile.cli;

/// Name the exit statuses that no [dev.savile.common.UserError.Kind] carries.
final class ExitCode {
    static final int OK = 0;
    static final int BAD_INPUT = 2;
    static final int RESOURCE = 4;
    /// A mistake of Savile itself.
    static final int INTERNAL = 5;
    /// Stopped by Ctrl-C with the work kept.
    static final int STOPPED = 130;

    private ExitCode() {}
}
