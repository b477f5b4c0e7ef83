package dev.savile.common;

/// Say what went wrong in words the user can act on: what was found, why it matters, what to do next.
///
/// The four parts travel unchanged into the terminal, the `--json` error object, the HTTP body and the page.
/// A broken invariant of ours is an `IllegalStateException`, never this.
public final class UserError extends RuntimeException {
    /// Who has to act, and with which exit status the process ends.
    public enum Kind {
        /// The input or the configuration is wrong.
        BAD_INPUT(2),
        /// Something that was named is not there.
        NOT_FOUND(3),
        /// Memory, disk, time or a permission does not suffice.
        RESOURCE(4);

        private final int exitCode;

        Kind(int exitCode) {
            this.exitCode = exitCode;
        }

        public int exitCode() {
            return exitCode;
        }
    }

    private final Kind kind;
    private final String code;
    private final String what;
    private final String why;
    private final String fix;

    /// Report bad input.
    ///
    /// @param code stable dotted code, for example `data.column`
    /// @param what what was found, with the value
    /// @param why  why it matters
    /// @param fix  what to do next
    public UserError(String code, String what, String why, String fix) {
        this(Kind.BAD_INPUT, code, what, why, fix);
    }

    private UserError(Kind kind, String code, String what, String why, String fix) {
        super(code + ": " + what);
        this.kind = kind;
        this.code = code;
        this.what = what;
        this.why = why;
        this.fix = fix;
    }

    /// Report that something named by the user is not there.
    public static UserError notFound(String code, String what, String why, String fix) {
        return new UserError(Kind.NOT_FOUND, code, what, why, fix);
    }

    /// Report that memory, disk, time or a permission does not suffice.
    public static UserError resource(String code, String what, String why, String fix) {
        return new UserError(Kind.RESOURCE, code, what, why, fix);
    }

    /// Say the same of a place in the user's input.
    public UserError at(String place) {
        return new UserError(kind, code, place + ": " + what, why, fix).causedBy(this);
    }

    /// Attach the exception that led here, for the debug log.
    public UserError causedBy(Throwable cause) {
        initCause(cause);
        return this;
    }

    public Kind kind() {
        return kind;
    }

    public String code() {
        return code;
    }

    public String what() {
        return what;
    }

    public String why() {
        return why;
    }

    public String fix() {
        return fix;
    }
}
