# Sourced by savile, check and bench: finds the JDK, builds when sources changed, and holds the settings of every start.
# Expects SAVILE_ROOT; speaks on standard error only. Plain enough for the bash 3.2 of macOS.

SAVILE_MINIMUM=25.0.3

# Prints the version of the JDK in a folder, or nothing. Reads the release file: starting Java would cost 50 ms a folder.
savile_version_of() {
    [ -x "$1/bin/javac" ] && [ -r "$1/release" ] || return 0
    sed -n 's/^JAVA_VERSION="\([0-9.]*\).*/\1/p' "$1/release"
}

# Says whether version $1 is at least version $2, both like 25.0.3.
savile_at_least() {
    local IFS=. a b i
    a=($1) b=($2)
    for i in 0 1 2; do
        [ "${a[$i]:-0}" -gt "${b[$i]:-0}" ] && return 0
        [ "${a[$i]:-0}" -lt "${b[$i]:-0}" ] && return 1
    done
    return 0
}

# Follows symbolic links to the file itself.
savile_resolve() {
    local file="$1" link
    while [ -L "$file" ]; do
        link="$(readlink "$file")"
        case "$link" in /*) file="$link" ;; *) file="$(dirname "$file")/$link" ;; esac
    done
    printf '%s\n' "$file"
}

# Sets JAVA_HOME to the first JDK that is new enough, or says what is missing and ends with status 4.
savile_find_java() {
    local home version found="" on_path=""
    command -v java >/dev/null 2>&1 && on_path="$(dirname "$(dirname "$(savile_resolve "$(command -v java)")")")"
    if [ -n "${SAVILE_JAVA_HOME:-}" ]; then
        version="$(savile_version_of "$SAVILE_JAVA_HOME")"
        if [ -z "$version" ] || ! savile_at_least "$version" "$SAVILE_MINIMUM"; then
            echo "SAVILE_JAVA_HOME names $SAVILE_JAVA_HOME, which holds ${version:-no JDK}." >&2
            echo "Savile needs a JDK, version $SAVILE_MINIMUM or later: correct the variable, or unset it." >&2
            exit 4
        fi
    fi
    for home in "${SAVILE_JAVA_HOME:-}" "${JAVA_HOME:-}" /usr/lib/jvm/* /opt/* "${HOME:-}"/.sdkman/candidates/java/* \
        "${HOME:-}"/.jdks/* /Library/Java/JavaVirtualMachines/*/Contents/Home "$on_path"; do
        [ -n "$home" ] && [ -d "$home" ] || continue
        version="$(savile_version_of "$home")"
        [ -n "$version" ] || continue
        if savile_at_least "$version" "$SAVILE_MINIMUM"; then
            JAVA_HOME="$home"
            export JAVA_HOME
            return 0
        fi
        found="$found
  $version in $home"
    done
    {
        echo "Savile needs a JDK, version $SAVILE_MINIMUM or later, and there is none on this computer."
        echo "Found instead:${found:- no JDK at all.}"
        echo "Why: Savile is written in Java 25, and earlier 25 builds can corrupt memory."
        echo "Get one: https://adoptium.net (choose JDK 25), or 'sdk install java 25.0.3-tem' with SDKMAN."
        echo "One that lies elsewhere is used with SAVILE_JAVA_HOME=/path/to/jdk."
    } >&2
    exit 4
}

savile_find_maven() {
    command -v mvn >/dev/null 2>&1 && return 0
    echo "Savile is built with Maven 3.8 or later, and there is no 'mvn' on the PATH." >&2
    echo "Get it: 'apt install maven', 'brew install maven' or 'sdk install maven'" >&2
    exit 4
}

# Reads SAVILE_MODULES, names of optional modules between blanks or commas, into SAVILE_OPTIONAL; ends with status 2
# where there is no such module.
savile_find_modules() {
    local module
    SAVILE_OPTIONAL=()
    [ -n "${SAVILE_MODULES:-}" ] || return 0
    for module in ${SAVILE_MODULES//,/ }; do
        case "$module" in
            parquet | encoder) SAVILE_OPTIONAL+=("$module") ;;
            *)
                echo "SAVILE_MODULES names '$module', and there is no such module." >&2
                echo "There are: parquet (reads Parquet files, by DuckDB) and encoder (finds worked examples by a sentence" \
                    "encoder). Correct the variable, or unset it." >&2
                exit 2
                ;;
        esac
    done
}

# Environment and JVM flags of every start; variables that are set already stay.
savile_settings() {
    # One thread pool instead of two: OpenBLAS beside libtorch's own pool makes both wait for each other.
    export OPENBLAS_NUM_THREADS="${OPENBLAS_NUM_THREADS:-1}"
    export MKL_THREADING_LAYER="${MKL_THREADING_LAYER:-GNU}"
    # On AMD's processors without AVX-512 MKL's own choice of kernels is a tenth slower than its AVX2 ones in training.
    if [ -r /proc/cpuinfo ] && grep -qm1 AuthenticAMD /proc/cpuinfo && grep -qm1 avx2 /proc/cpuinfo && ! grep -qm1 avx512f /proc/cpuinfo; then
        export MKL_CBWR="${MKL_CBWR:-AVX2}"
    fi
    # Waiting threads give way on a busy computer.
    export GOMP_SPINCOUNT="${GOMP_SPINCOUNT:-10000}"
    # Big tensors are reused instead of returned to the system and fetched again, zeroed, at the next step.
    export MALLOC_MMAP_THRESHOLD_="${MALLOC_MMAP_THRESHOLD_:-1073741824}"
    export MALLOC_TRIM_THRESHOLD_="${MALLOC_TRIM_THRESHOLD_:-4294967296}"
    export MALLOC_TOP_PAD_="${MALLOC_TOP_PAD_:-67108864}"
    # From any other arena than the first, blocks above 64 MB come from the system whatever the threshold says.
    export MALLOC_ARENA_MAX="${MALLOC_ARENA_MAX:-1}"
    # The tokenizer library reports nothing home, and looks for no GPU.
    export OPT_OUT_TRACKING="${OPT_OUT_TRACKING:-true}"
    export RUST_FLAVOR="${RUST_FLAVOR:-cpu}"

    # SAVILE_CUDA names the folders of NVIDIA's libraries, or is 1 where the system finds them by itself.
    case "${SAVILE_CUDA:-}" in
        "" | 1) ;;
        *[!0-9]*) export LD_LIBRARY_PATH="$SAVILE_CUDA${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}" ;;
        *)
            echo "SAVILE_CUDA is '$SAVILE_CUDA'; it is 1, or names the folders of NVIDIA's libraries. Unset it for the CPU." >&2
            exit 2
            ;;
    esac

    # JavaCPP's own memory limit is off (Savile estimates before it starts); JVM messages never reach standard output.
    # The arithmetic is native: the second compiler would take seconds of the cores that it needs, and win nothing back.
    SAVILE_FLAGS=(--enable-native-access=ALL-UNNAMED -XX:+UseCompactObjectHeaders -XX:+UseSerialGC -Xmx1g
        -XX:TieredStopAtLevel=1
        -Dorg.bytedeco.javacpp.maxPhysicalBytes=0 -Xlog:disable -Xlog:all=error:stderr)
    case "$(uname -sm)" in
        "Linux x86_64") SAVILE_FLAGS+=(-Dorg.bytedeco.openblas.load=mkl_rt) ;; # twice as fast in fp32
    esac
    if [ -t 2 ]; then
        SAVILE_FLAGS+=("-Dsavile.terminal=true" "-Dsavile.columns=$(tput cols 2>/dev/null || echo 80)")
    fi
    if [ -t 1 ]; then SAVILE_FLAGS+=("-Dsavile.colour=true"); fi
}

# Says whether module $1 was built for the CPU or for GPUs as SAVILE_CUDA asks; other builds than the launcher's write the
# class path too.
savile_right_libraries() {
    local path
    path="$(<"$SAVILE_ROOT/$1/target/classpath.txt")"
    case "$path" in
        *linux-x86_64-gpu.jar*) [ -n "${SAVILE_CUDA:-}" ] ;;
        *pytorch-*linux-x86_64.jar*) [ -z "${SAVILE_CUDA:-}" ] ;;
        *) true ;; # libtorch does not come with it
    esac
}

# Says whether module $1 was built and nothing it is made of changed since. Folders count too: a removed file changes its folder.
savile_up_to_date() {
    local stamp="$SAVILE_ROOT/$1/target/.built" module sources
    [ -f "$stamp" ] && [ -f "$SAVILE_ROOT/$1/target/classpath.txt" ] || return 1
    savile_right_libraries "$1" || return 1
    sources=("$SAVILE_ROOT/pom.xml" "$SAVILE_ROOT"/*/pom.xml)
    for module in engine core serve cli "$1"; do
        [ -d "$SAVILE_ROOT/$module/src/main" ] && sources+=("$SAVILE_ROOT/$module/src/main")
    done
    [ -z "$(find "${sources[@]}" -newer "$stamp" 2>/dev/null | head -n 1)" ]
}

# Sets SAVILE_STALE to those of module $1 and the optional ones that are not up to date; says whether there are any.
savile_find_stale() {
    local module
    SAVILE_STALE=()
    for module in "$1" ${SAVILE_OPTIONAL[@]+"${SAVILE_OPTIONAL[@]}"}; do
        savile_up_to_date "$module" || SAVILE_STALE+=("$module")
    done
    [ "${#SAVILE_STALE[@]}" -gt 0 ]
}

# Builds module $1, the optional ones and what they need, unless that is done. Two starts at once build once.
savile_build() {
    savile_find_stale "$1" || return 0
    savile_find_maven
    mkdir -p "$SAVILE_ROOT/target"
    if command -v flock >/dev/null 2>&1; then
        exec 9>"$SAVILE_ROOT/target/.build-lock"
        flock -n 9 || { echo "another process is building Savile; waiting for it" >&2; flock 9; }
    fi
    if savile_find_stale "$1"; then savile_maven "$1"; fi
    exec 9>&-
}

# Joins words by commas.
savile_list() {
    local IFS=,
    echo "$*"
}

savile_maven() {
    local log="$SAVILE_ROOT/target/build.log" started=$SECONDS status=0 pid said=0 passed module options
    options=(-pl "$(savile_list "${SAVILE_STALE[@]}")" -am)
    if [ "${#SAVILE_OPTIONAL[@]}" -gt 0 ]; then options+=(-P "$(savile_list "${SAVILE_OPTIONAL[@]}")"); fi
    if [ -n "${SAVILE_CUDA:-}" ]; then options+=(-Dsavile.cuda); fi
    for module in "${SAVILE_STALE[@]}"; do
        mkdir -p "$SAVILE_ROOT/$module/target"
        rm -f "$SAVILE_ROOT/$module/target/.built"
    done
    touch "$SAVILE_ROOT/target/.building" # what changes during the build is newer than this
    echo "building Savile with $JAVA_HOME (the first time also fetches its libraries; log: $log)" >&2
    # Tests, format and warnings are the business of ./check: a start needs none of them.
    (cd "$SAVILE_ROOT" && exec mvn -q -B -Dstyle.color=never -Dmaven.test.skip=true -Dsavile.failOnWarning=false -Dspotless.check.skip package "${options[@]}") >"$log" 2>&1 9>&- &
    pid=$!
    trap 'kill "$pid" 2>/dev/null; echo >&2; echo "the build was stopped; the next start goes on" >&2; exit 130' INT TERM
    while kill -0 "$pid" 2>/dev/null; do
        sleep 1
        passed=$((SECONDS - started))
        if [ -t 2 ]; then
            printf '\rbuilding: %d s ' "$passed" >&2
        elif [ $((passed - said)) -ge 15 ]; then
            said=$passed
            echo "building: $passed s" >&2
        fi
    done
    wait "$pid" || status=$?
    trap - INT TERM
    [ -t 2 ] && printf '\r' >&2
    if [ "$status" -ne 0 ]; then
        echo "the build failed after $((SECONDS - started)) s; the end of $log:" >&2
        tail -n 25 "$log" | sed $'s/\033\\[[0-9;]*m//g' >&2
        echo >&2
        exit 5
    fi
    if [ "$1" = cli ]; then savile_cache; fi
    for module in "${SAVILE_STALE[@]}"; do
        touch -r "$SAVILE_ROOT/target/.building" "$SAVILE_ROOT/$module/target/.built"
    done
    echo "built in $((SECONDS - started)) s" >&2
}

# The class path of module $1 alone.
savile_own_path() {
    printf '%s:%s' "$(echo "$SAVILE_ROOT/$1"/target/savile-*.jar)" "$(cat "$SAVILE_ROOT/$1/target/classpath.txt")"
}

# The class path of module $1 and, behind it, of the optional ones: what the cache holds stays valid.
savile_class_path() {
    local module
    savile_own_path "$1"
    for module in ${SAVILE_OPTIONAL[@]+"${SAVILE_OPTIONAL[@]}"}; do
        printf ':'
        savile_own_path "$module"
    done
}

# Keeps the classes of a start loaded and linked, which halves the time to the first line. Savile runs without it too.
savile_cache() {
    rm -f "$SAVILE_ROOT/cli/target/savile.aot"
    "$JAVA_HOME/bin/java" "${SAVILE_FLAGS[@]}" -XX:AOTCacheOutput="$SAVILE_ROOT/cli/target/savile.aot" \
        -cp "$(savile_own_path cli)" dev.savile.cli.Main --help >/dev/null 2>&1 </dev/null || true
}
