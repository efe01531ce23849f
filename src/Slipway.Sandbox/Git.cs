using System.Globalization;
using System.Text;
using Slipway.Content;

namespace Slipway.Sandbox;

/// <summary>One entry of a git tree: its mode as git writes it (100644, 120000, ...), kind (blob, tree, commit), object and path.</summary>
public sealed record GitTreeEntry(string Mode, string Kind, string ObjectId, BytePath Path);

/// <summary>A commit as the log shows it.</summary>
public sealed record GitCommit(string Id, string AuthorName, string AuthorEmail, DateTimeOffset Committed, string Subject);

/// <summary>Who makes a commit, and when.</summary>
public sealed record GitAuthor(string Name, string Email, DateTimeOffset When);

/// <summary>
/// A git repository through the git command. Configuration of the machine, hooks and transports that run
/// programs never take part: what decides is this class and the repository itself.
/// </summary>
public sealed class Git(string directory)
{
    /// <summary>The repository (bare) or the work tree.</summary>
    public string Directory { get; } = directory;

    /// <summary>Environment added for transports, such as GIT_SSH_COMMAND. Unset: none.</summary>
    public IReadOnlyDictionary<string, string>? Environment { get; init; }

    /// <summary>Longest wall time of a command that talks to another machine.</summary>
    public TimeSpan RemoteTimeout { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>Makes an empty repository, or finds the one already there.</summary>
    public static Git Init(string directory, bool bare, string branch = "main")
    {
        System.IO.Directory.CreateDirectory(directory);
        var git = new Git(directory);
        string[] arguments = ["init", "--quiet", "--template=", "--initial-branch=" + branch, .. bare ? ["--bare"] : Array.Empty<string>(), "."];
        git.Run($"Cannot make the git repository {directory}", arguments);
        return git;
    }

    /// <summary>Clones into a directory that does not exist yet: with a work tree, or as a mirror of every ref.</summary>
    public static Git Clone(string url, string directory, bool mirror, IReadOnlyDictionary<string, string>? environment = null, CancellationToken cancellation = default)
    {
        System.IO.Directory.CreateDirectory(directory);
        var git = new Git(directory) { Environment = environment };
        string[] arguments = ["clone", "--quiet", "--template=", .. mirror ? ["--mirror"] : Array.Empty<string>(), "--", CheckedUrl(url), "."];
        git.RunRemote($"Cannot clone {Shown(url)}", arguments, cancellation);
        return git;
    }

    /// <summary>Fetches refs; what a branch no longer has is pruned.</summary>
    public void Fetch(string url, CancellationToken cancellation = default, params string[] refspecs) =>
        RunRemote($"Cannot fetch from {Shown(url)}", ["fetch", "--quiet", "--prune", "--force", "--no-auto-gc", "--", CheckedUrl(url), .. refspecs], cancellation);

    /// <summary>Pushes refs to another repository.</summary>
    public void Push(string url, CancellationToken cancellation = default, params string[] refspecs) =>
        RunRemote($"Cannot push to {Shown(url)}", ["push", "--quiet", "--", CheckedUrl(url), .. refspecs], cancellation);

    /// <summary>The commit a name stands for, or null when there is none.</summary>
    public string? ResolveRef(string name)
    {
        var result = Call(Command(["rev-parse", "--verify", "--quiet", "--end-of-options", name + "^{commit}"]));
        return result.Succeeded ? result.Text : result.ExitCode == 1 ? null : result.Require($"Cannot read {Directory}").Text;
    }

    /// <summary>The commit that HEAD names, or null in an empty repository.</summary>
    public string? Head() => ResolveRef("HEAD");

    /// <summary>Paths that differ between two commits, renames as both names. Unset first commit: everything in the second.</summary>
    public IReadOnlyList<BytePath> DiffNames(string? from, string to) => from is null
        ? [.. ListTree(to).Select(e => e.Path)]
        : Paths(Run($"Cannot compare {from} and {to}", ["diff-tree", "-r", "-z", "--no-renames", "--name-only", Revision(from), Revision(to), "--"]));

    /// <summary>Every file of a commit, or those below one directory.</summary>
    public IReadOnlyList<GitTreeEntry> ListTree(string commit, BytePath? below = null)
    {
        var output = Run($"Cannot list {commit}", ["ls-tree", "-r", "-z", "--full-tree", Revision(commit)]);
        var entries = Paths(output).Select(Entry);
        return below is { } directory ? [.. entries.Where(e => e.Path.IsBelow(directory))] : [.. entries];
    }

    /// <summary>The bytes of a file at a commit, or null when the commit has no such file.</summary>
    public byte[]? ReadFile(string commit, BytePath path)
    {
        var result = Call(Command(["cat-file", "blob", $"{Revision(commit)}:{path}"]));
        if (result.Succeeded)
            return result.Output;
        Run($"Cannot read {path} at {commit}", ["rev-parse", "--verify", "--quiet", Revision(commit) + "^{commit}"]);
        return null;
    }

    /// <summary>The object of a file or directory at a commit, or null: the same object means the same content.</summary>
    public string? ObjectOf(string commit, BytePath path)
    {
        var result = Call(Command(["rev-parse", "--verify", "--quiet", path.Length == 0 ? Revision(commit) + "^{tree}" : $"{Revision(commit)}:{path}"]));
        return result.Succeeded ? result.Text : null;
    }

    /// <summary>A tar of a directory at a commit, names relative to that directory. Reading to the end throws when git failed.</summary>
    public Stream Archive(string commit, BytePath path)
    {
        var tree = ObjectOf(commit, path) ?? throw new SlipwayException($"Cannot read {path} at {commit}", "the commit has no such directory", null);
        return new ChildOutputStream(Command(["archive", "--format=tar", tree]), $"Cannot read {path} at {commit}");
    }

    /// <summary>Commits reachable from the second name and not from the first, newest first. Unset first: all.</summary>
    public IReadOnlyList<GitCommit> Log(string? from, string to, int atMost = 1000, BytePath? path = null)
    {
        string[] arguments = ["log", "-z", "--format=%H%x1f%an%x1f%ae%x1f%ct%x1f%s", "-n", atMost.ToString(CultureInfo.InvariantCulture),
            from is null ? Revision(to) : $"{Revision(from)}..{Revision(to)}", "--", .. path is { } p ? [p.ToString()] : Array.Empty<string>()];
        return [.. Encoding.UTF8.GetString(Run($"Cannot read the log of {Directory}", arguments)).Split('\0', StringSplitOptions.RemoveEmptyEntries)
            .Select(line => line.Split('\x1f'))
            .Select(f => new GitCommit(f[0], f[1], f[2], DateTimeOffset.FromUnixTimeSeconds(long.Parse(f[3], CultureInfo.InvariantCulture)), f[4]))];
    }

    /// <summary>Every tag with the commit it leads to.</summary>
    public IReadOnlyList<(string Name, string Commit)> Tags() =>
        [.. Encoding.UTF8.GetString(Run($"Cannot list the tags of {Directory}", ["for-each-ref", "--format=%(refname:strip=2)%00%(objectname)%00%(*objectname)", "refs/tags"]))
            .Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line.Split('\0')).Select(f => (f[0], f[2].Length > 0 ? f[2] : f[1]))];

    /// <summary>Commits the whole work tree; returns the commit, or null when nothing has changed.</summary>
    public string? CommitAll(string message, GitAuthor author)
    {
        Run($"Cannot add the files of {Directory}", ["add", "--all"]);
        if (Head() is not null && Call(Command(["diff", "--cached", "--quiet"])).ExitCode == 0)
            return null;
        // Without the sign git takes small numbers for something else.
        var date = "@" + author.When.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture) + " +0000";
        var command = Command(["commit", "--quiet", "--no-verify", "--no-gpg-sign", "-F", "-"]);
        Call(command with
        {
            Input = Encoding.UTF8.GetBytes(message),
            Environment = new Dictionary<string, string>(command.Environment!)
            {
                ["GIT_AUTHOR_NAME"] = author.Name,
                ["GIT_AUTHOR_EMAIL"] = author.Email,
                ["GIT_AUTHOR_DATE"] = date,
                ["GIT_COMMITTER_NAME"] = author.Name,
                ["GIT_COMMITTER_EMAIL"] = author.Email,
                ["GIT_COMMITTER_DATE"] = date,
            },
        }).Require($"Cannot commit in {Directory}");
        return Head();
    }

    private byte[] Run(string what, string[] arguments) => Call(Command(arguments)).Require(what).Output;

    private void RunRemote(string what, string[] arguments, CancellationToken cancellation) =>
        ChildProcess.Run(Command(arguments) with { Timeout = RemoteTimeout }, cancellation).Require(what);

    private static ChildResult Call(ChildCommand command) => ChildProcess.Run(command);

    private ChildCommand Command(string[] arguments)
    {
        var environment = new Dictionary<string, string>(ChildCommand.PlainEnvironment)
        {
            ["GIT_CONFIG_NOSYSTEM"] = "1",
            ["GIT_CONFIG_GLOBAL"] = "/dev/null",
            ["GIT_TERMINAL_PROMPT"] = "0",
            ["GIT_ALLOW_PROTOCOL"] = "file:git:http:https:ssh",
            ["GIT_OPTIONAL_LOCKS"] = "0",
        };
        foreach (var (name, value) in Environment ?? new Dictionary<string, string>())
            environment[name] = value;
        return new ChildCommand("git", ["-c", "safe.directory=*", "-c", "core.hooksPath=/dev/null", "-c", "gc.auto=0", "-c", "core.quotePath=false",
            "-c", "core.fsmonitor=false", "-c", "advice.detachedHead=false", .. arguments])
        {
            WorkingDirectory = Directory,
            Environment = environment,
            MaxOutputBytes = 512L << 20,
        };
    }

    private static GitTreeEntry Entry(BytePath line)
    {
        // "<mode> SP <kind> SP <object> TAB <path>"
        var tab = line.Span.IndexOf((byte)'\t');
        var head = Encoding.ASCII.GetString(line.Span[..tab]).Split(' ');
        return new(head[0], head[1], head[2], new BytePath(line.Span[(tab + 1)..]));
    }

    private static List<BytePath> Paths(byte[] output)
    {
        var paths = new List<BytePath>();
        var rest = output.AsSpan();
        while (rest.IndexOf((byte)0) is var end && end >= 0)
        {
            paths.Add(new BytePath(rest[..end]));
            rest = rest[(end + 1)..];
        }
        return paths;
    }

    // A revision that begins with a dash would be read as an option.
    private static string Revision(string name) => name.Length > 0 && name[0] != '-' && !name.Contains("..", StringComparison.Ordinal)
        ? name
        : throw new SlipwayException($"Cannot use the git revision `{name}`", "it begins with a dash or holds `..`", null);

    private static string CheckedUrl(string url) => url.Length > 0 && url[0] != '-' && !url.Contains("::", StringComparison.Ordinal)
        ? url
        : throw new SlipwayException($"Cannot use the git address `{Shown(url)}`", "it begins with a dash or names a remote helper", null);

    private static string Shown(string url) => Uri.TryCreate(url, UriKind.Absolute, out var uri) && uri.UserInfo.Length > 0 ? url.Replace(uri.UserInfo + "@", "", StringComparison.Ordinal) : url;
}
