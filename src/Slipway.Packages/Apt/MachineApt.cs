using Slipway.Content;
using Slipway.Sandbox;

namespace Slipway.Packages.Apt;

/// <summary>What is taken over from the machine's apt configuration: how to reach the network, whom to trust, which lists.</summary>
internal sealed record MachineApt(
    string Architecture, string SandboxUser, IReadOnlyList<string> AcquireLines, IReadOnlyList<(string Key, string Value)> Trust,
    IReadOnlyList<MachineSource> Sources, IReadOnlyList<string> Refused)
{
    // Subtrees that say what to fetch or that switch checks off; the private configuration decides those itself.
    private static readonly string[] NotTaken =
    [
        "Acquire::AllowInsecureRepositories", "Acquire::AllowWeakRepositories", "Acquire::AllowDowngradeToInsecureRepositories",
        "Acquire::IndexTargets", "Acquire::Languages", "Acquire::GzipIndexes", "Acquire::CompressionTypes", "Acquire::Changelogs", "Acquire::PDiffs",
    ];

    /// <param name="configuration">A file for APT_CONFIG. Unset: the machine's own configuration.</param>
    public static MachineApt Read(string? configuration = null)
    {
        var environment = new Dictionary<string, string> { ["PATH"] = "/usr/sbin:/usr/bin:/sbin:/bin", ["HOME"] = "/nonexistent", ["LANG"] = "C.UTF-8" };
        if (configuration is not null) environment["APT_CONFIG"] = configuration;
        var dump = ChildProcess.Run(new ChildCommand("/usr/bin/apt-config", "dump", "--format", "%F \"%v\";%n") { Environment = environment })
            .Require("read the machine's apt configuration").Text;
        string[] questions =
        [
            "LIST", "Dir::Etc::sourcelist/f", "PARTS", "Dir::Etc::sourceparts/d", "TRUSTED", "Dir::Etc::trusted/f", "TRUSTEDPARTS", "Dir::Etc::trustedparts/d",
            "NETRC", "Dir::Etc::netrc/f", "NETRCPARTS", "Dir::Etc::netrcparts/d", "ARCH", "APT::Architecture", "USER", "APT::Sandbox::User",
        ];
        var paths = ChildProcess.Run(new ChildCommand("/usr/bin/apt-config", ["shell", .. questions]) { Environment = environment })
            .Require("read the machine's apt configuration").Text;
        var values = ReadShell(paths);
        var sources = MachineSources.Read(values("LIST"), values("PARTS"), out var refused);
        var trust = new (string, string)[]
        {
            ("Dir::Etc::trusted", values("TRUSTED")), ("Dir::Etc::trustedparts", values("TRUSTEDPARTS")),
            ("Dir::Etc::netrc", values("NETRC")), ("Dir::Etc::netrcparts", values("NETRCPARTS")),
        };
        var acquire = dump.Split('\n').Where(l => l.StartsWith("Acquire::", StringComparison.Ordinal)
            && !NotTaken.Any(n => l.StartsWith(n, StringComparison.OrdinalIgnoreCase))
            && !l.EndsWith(" \"\";", StringComparison.Ordinal)).ToList();
        var architecture = values("ARCH");
        if (architecture.Length == 0) throw new SlipwayException("read the machine's apt configuration", "it names no architecture", "run `dpkg --print-architecture`");
        return new MachineApt(architecture, values("USER") is { Length: > 0 } user ? user : "root", acquire, trust, sources, refused);
    }

    /// <summary>Lines <c>NAME='value'</c>.</summary>
    private static Func<string, string> ReadShell(string text)
    {
        var values = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var line in text.Split('\n'))
            if (line.Split('=', 2) is [var name, var quoted]) values[name] = quoted.Trim('\'').Replace("'\\''", "'", StringComparison.Ordinal);
        return name => values.GetValueOrDefault(name, "");
    }
}
