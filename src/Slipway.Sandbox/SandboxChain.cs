using System.Globalization;
using Slipway.Content;

namespace Slipway.Sandbox;

/// <summary>
/// The argument array of a run: enter the cgroups, stage the directories, become the account, make the user namespace, mount the
/// layers, then bubblewrap, then the command. Every link becomes the next by exec, so it is one process with one parent, and
/// every mount lives in a namespace that ends with it.
/// </summary>
internal static class SandboxChain
{
    internal const int FilterDescriptor = 3, StatusDescriptor = 4;

    private static readonly string[] InstallCapabilities =
        ["CAP_CHOWN", "CAP_DAC_OVERRIDE", "CAP_FOWNER", "CAP_FSETID", "CAP_KILL", "CAP_SETUID", "CAP_SETGID", "CAP_SETFCAP", "CAP_SETPCAP", "CAP_SYS_CHROOT"];

    private static readonly string[] BuilderCapabilities = ["CAP_SETUID", "CAP_SETGID", "CAP_SETPCAP"];

    private static readonly string[] HostTools = ["/usr", "/bin", "/sbin", "/lib", "/lib64", "/etc/alternatives"];

    // The stage hides what is below it, so it must not be above any source.
    private static readonly string[] StageDirectories = ["/run/slipway-sandbox", "/mnt", "/media", "/srv", "/opt"];

    internal static IReadOnlyList<string> Build(SandboxSpec spec, SandboxAccount account, BuildCgroup? group)
    {
        IReadOnlyList<string> sources = [spec.Directory, .. spec.Layers, .. spec.Mounts.Select(m => m.Source)];
        var stage = StageDirectory(sources, account.IsSeparate);
        IReadOnlyList<string> staged = ["sh", "-c", SandboxScripts.Stage, "sh", stage, .. sources, "--"];
        IReadOnlyList<string> namespaces = ["unshare", "--user", "--map-root-user", "--map-auto", "--mount", "--propagation", "private", "--"];
        IReadOnlyList<string> inside = [.. Limits(spec.Limits, weak: group is null), .. Foreign(spec, stage), .. Overlay(spec, stage), .. Bubblewrap(spec, stage), .. Drop(spec.User), .. spec.Command];
        if (!account.IsSeparate)
            return ["setpriv", "--pdeathsig", "KILL", "--", .. namespaces, .. staged, .. inside];
        return
        [
            "sh", "-c", SandboxScripts.Enter, "sh", .. group?.EntryFiles ?? [], "--",
            "unshare", "--mount", "--propagation", "private", "--", .. staged,
            // The kernel forgets the parent-death signal when the uid changes: it is set together with the change.
            "setpriv", "--reuid", Number(account.Uid), "--regid", Number(account.Gid), "--clear-groups", "--pdeathsig", "KILL", "--",
            .. namespaces, .. inside,
        ];
    }

    // This runtime raises its own soft limit on open files, and old programs close every possible descriptor one by one.
    // Without control groups the limits are each process's own, which many processes together can exceed.
    private static IReadOnlyList<string> Limits(SandboxLimits limits, bool weak) =>
    [
        // Whoever waits for the service or a release comes before a build.
        "nice", "-n", "10", "prlimit", "--core=0", "--nofile=1024:", "--fsize=" + Number(limits.FileBytes),
        .. weak ? new[] { "--data=" + Number(limits.MemoryBytes), "--nproc=" + Number(limits.Processes) } : [], "--",
    ];

    private static IReadOnlyList<string> Foreign(SandboxSpec spec, string stage) =>
        spec.ForeignPrograms is { } line ? ["sh", "-c", SandboxScripts.Foreign, "sh", stage + "/foreign", line, "--"] : [];

    private static IReadOnlyList<string> Overlay(SandboxSpec spec, string stage)
    {
        if (spec.Root != SandboxRoot.Layers)
            return [];
        // Sources are numbered: 0 is the sandbox's directory, then the layers from the top.
        var lower = string.Join(':', Enumerable.Range(1, spec.Layers.Count).Select(i => $"{stage}/{i}"));
        return ["sh", "-c", SandboxScripts.Overlay, "sh", $"lowerdir={lower},upperdir={stage}/0/upper,workdir={stage}/0/work,userxattr,volatile", stage + "/0/work", stage + "/root", "--"];
    }

    private static List<string> Bubblewrap(SandboxSpec spec, string stage)
    {
        List<string> arguments =
        [
            "bwrap", "--die-with-parent", "--unshare-pid", "--unshare-net", "--unshare-ipc", "--unshare-uts", "--unshare-cgroup-try", "--new-session",
            "--hostname", "build", "--clearenv", .. Root(spec, stage), "--proc", "/proc", "--dev", "/dev",
            "--perms", "1777", "--tmpfs", "/dev/shm", "--perms", "1777", "--tmpfs", "/tmp",
        ];
        for (var i = 0; i < spec.Mounts.Count; i++)
            arguments.AddRange([spec.Mounts[i].Writable ? "--bind" : "--ro-bind", $"{stage}/{1 + spec.Layers.Count + i}", spec.Mounts[i].Target]);
        foreach (var (name, value) in Environment(spec))
            arguments.AddRange(["--setenv", name, value]);
        arguments.AddRange(["--seccomp", Number(FilterDescriptor), "--json-status-fd", Number(StatusDescriptor), "--chdir", spec.WorkingDirectory, "--cap-drop", "ALL"]);
        foreach (var capability in spec.User switch { SandboxUser.Builder => BuilderCapabilities, SandboxUser.ImageMaker => [.. InstallCapabilities, "CAP_SYS_ADMIN"], _ => InstallCapabilities })
            arguments.AddRange(["--cap-add", capability]);
        arguments.Add("--");
        return arguments;
    }

    private static IReadOnlyList<string> Root(SandboxSpec spec, string stage) => spec.Root switch
    {
        SandboxRoot.Layers => ["--bind", stage + "/root", "/"],
        SandboxRoot.OwnTree => ["--bind", stage + "/0/upper", "/"],
        _ => [.. HostTools.Where(Directory.Exists).SelectMany(HostDirectory)],
    };

    private static string[] HostDirectory(string path) => new FileInfo(path).LinkTarget is { } target
        ? ["--symlink", target, path]
        : ["--ro-bind", path, path];

    private static Dictionary<string, string> Environment(SandboxSpec spec)
    {
        var environment = new Dictionary<string, string>
        {
            ["PATH"] = ChildCommand.PlainEnvironment["PATH"],
            ["LANG"] = "C.UTF-8",
            ["TERM"] = "dumb",
            ["HOME"] = spec.User == SandboxUser.Builder ? "/build" : "/root",
            ["USER"] = spec.User == SandboxUser.Builder ? "builder" : "root",
        };
        foreach (var (name, value) in spec.Environment ?? new Dictionary<string, string>())
            environment[name] = value;
        return environment;
    }

    private static IReadOnlyList<string> Drop(SandboxUser user) => user != SandboxUser.Builder ? [] :
    [
        "setpriv", "--reuid", Number(SandboxAccount.Builder), "--regid", Number(SandboxAccount.Builder), "--clear-groups",
        "--bounding-set", "-all", "--inh-caps", "-all", "--no-new-privs", "--",
    ];

    private static string StageDirectory(IReadOnlyList<string> sources, bool separate)
    {
        if (separate)
            Directory.CreateDirectory(StageDirectories[0]);
        return StageDirectories.FirstOrDefault(d => Directory.Exists(d) && !sources.Any(s => s == d || s.StartsWith(d + "/", StringComparison.Ordinal)))
            ?? throw new SlipwayException("Cannot start a sandbox", "no directory is free to mount its tree on", $"mkdir {StageDirectories[0]} as root");
    }

    private static string Number(long number) => number.ToString(CultureInfo.InvariantCulture);
}
