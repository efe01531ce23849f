namespace Slipway.Sandbox;

/// <summary>
/// The three constant scripts between this process and bubblewrap. Each takes positional parameters up to `--`, does one thing and
/// becomes the rest of its arguments; no text from outside is ever part of a script.
/// </summary>
internal static class SandboxScripts
{
    /// <summary>FILE... -- COMMAND: enter control groups before anything else exists to be limited.</summary>
    internal const string Enter = """
        set -e
        while [ "$1" != -- ]; do echo $$ > "$1"; shift; done
        shift
        exec "$@"
        """;

    /// <summary>
    /// STAGE SOURCE... -- COMMAND: in a private mount namespace, shows each source under a short name (STAGE/0, STAGE/1, ...). Paths on
    /// the machine may hold characters that mount options cannot, or lie below a directory that the account may not enter.
    /// </summary>
    internal const string Stage = """
        set -e
        stage=$1; shift
        sources=0
        mount -t tmpfs -o mode=755,size=1m slipway "$stage"
        # One process makes all the directories; a start is little else than starting processes.
        names=
        for source; do
            if [ "$source" = -- ]; then break; fi
            names="$names $stage/$sources"
            sources=$((sources + 1))
        done
        mkdir "$stage/root" "$stage/foreign" $names
        sources=0
        while [ "$1" != -- ]; do
            mount --bind "$1" "$stage/$sources"
            sources=$((sources + 1))
            shift
        done
        shift
        exec "$@"
        """;

    /// <summary>PLACE LINE -- COMMAND: makes an interpreter of foreign programs known to this user namespace, and to no other.</summary>
    internal const string Foreign = """
        set -e
        mount -t binfmt_misc slipway "$1"
        printf '%s' "$2" > "$1/register"
        shift 3
        exec "$@"
        """;

    /// <summary>
    /// OPTIONS WORK TARGET -- COMMAND: mounts the layers, inside the user namespace. A volatile overlay refuses the work directory
    /// of an earlier run, so what is in it goes first.
    /// </summary>
    internal const string Overlay = """
        set -e
        if [ -e "$2/work" ]; then rm -rf "$2/work"; fi
        mount -t overlay -o "$1" slipway "$3"
        shift 4
        exec "$@"
        """;
}
