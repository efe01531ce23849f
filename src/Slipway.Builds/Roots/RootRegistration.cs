using System.Text;
using System.Text.RegularExpressions;
using Slipway.Content;
using Slipway.Packages;

namespace Slipway.Builds.Roots;

/// <summary>What is installed in a root made of debs, in the words of the other package tools, so that their own dependency checks are true.</summary>
internal static partial class RootRegistration
{
    private const int MaxModuleBytes = 1 << 20;
    private static readonly string[] ProgramDirectories = ["usr/bin", "usr/sbin"];
    private static readonly string[] ModuleDirectories = [.. Architectures.MultiarchDirectories.Select(d => $"usr/lib/{d}/pkgconfig"), "usr/lib/pkgconfig", "usr/share/pkgconfig"];

    /// <summary>A specification of one empty package that provides every installed package, what it provides, and every program's path.</summary>
    internal static byte[] RpmSpecification(IReadOnlyList<InstalledPackage> installed, IEnumerable<string> layers)
    {
        var spec = new StringBuilder("Name: slipway-root\nVersion: 1\nRelease: 1\nSummary: What this root is made of\nLicense: none\nBuildArch: noarch\nAutoReqProv: no\n");
        foreach (var package in installed)
        {
            spec.Append("Provides: ").Append(package.Name).Append(" = ").Append(PackageVersions.ToRpm(package.Version)).Append('\n');
            foreach (var (name, version) in Virtual(package))
                spec.Append("Provides: ").Append(name).Append(version is null ? "" : " = " + PackageVersions.ToRpm(version)).Append('\n');
        }
        foreach (var module in Modules(layers))
            spec.Append("Provides: pkgconfig(").Append(module.Key).Append(module.Value.Length == 0 ? ")" : ") = " + module.Value).Append('\n');
        foreach (var path in Programs(layers))
            spec.Append("Provides: ").Append(path).Append('\n');
        return Encoding.UTF8.GetBytes(spec.Append("%description\nThe packages of the build root.\n%files\n").ToString());
    }

    /// <summary>A tar of pacman's local database: one directory with `desc` and `files` for each package.</summary>
    internal static byte[] PacmanDatabase(IReadOnlyList<InstalledPackage> installed)
    {
        using var buffer = new MemoryStream();
        using (var tar = new TarWriter(buffer, leaveOpen: true))
        {
            Add(tar, "ALPM_DB_VERSION", "9\n");
            foreach (var package in installed)
            {
                var version = PackageVersions.ToPacman(package.Version);
                var directory = $"{package.Name}-{version}";
                Add(tar, directory + "/desc", Description(package, version));
                Add(tar, directory + "/files", "%FILES%\n");
            }
            tar.Finish();
        }
        return buffer.ToArray();
    }

    private static string Description(InstalledPackage package, string version)
    {
        var provides = string.Concat(Virtual(package).Select(p => p.Name + (p.Version is null ? "" : "=" + PackageVersions.ToPacman(p.Version)) + "\n"));
        return $"%NAME%\n{package.Name}\n\n%VERSION%\n{version}\n\n%BASE%\n{package.Name}\n\n%DESC%\nOf the build root\n\n%ARCH%\nany\n\n%SIZE%\n0\n\n%VALIDATION%\nnone\n\n"
            + (provides.Length == 0 ? "" : $"%PROVIDES%\n{provides}\n");
    }

    private static IEnumerable<(string Name, string? Version)> Virtual(InstalledPackage package) =>
        DebRelations.Clauses(package.Provides).SelectMany(DebRelations.Alternatives)
            .Where(d => InstalledPackages.PlainName().IsMatch(d.Name))
            .Select(d => (d.Name, d.Version.Length == 0 ? null : (string?)d.Version));

    private static SortedSet<string> Programs(IEnumerable<string> layers)
    {
        var paths = new SortedSet<string>(StringComparer.Ordinal) { "/bin/sh" };
        foreach (var layer in layers)
        {
            using var tree = RootedTree.Open(layer);
            foreach (var directory in ProgramDirectories.Where(d => tree.Exists(BytePath.From(d))))
                paths.UnionWith(tree.List(BytePath.From(directory)).Select(e => e.Path.Name.ToString()).Where(n => ProgramName().IsMatch(n)).Select(n => $"/{directory}/{n}"));
        }
        return paths;
    }

    // As rpm's own generator for packages does: the module's name is its file's, its version what the file says.
    private static SortedDictionary<string, string> Modules(IEnumerable<string> layers)
    {
        var modules = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (var layer in layers)
        {
            using var tree = RootedTree.Open(layer);
            foreach (var file in ModuleDirectories.Where(d => tree.Exists(BytePath.From(d))).SelectMany(d => tree.List(BytePath.From(d))))
            {
                var name = file.Path.Name.ToString();
                if (file.Stat.Type != NodeType.Regular || !name.EndsWith(".pc", StringComparison.Ordinal) || !ProgramName().IsMatch(name[..^3]) || modules.ContainsKey(name[..^3]))
                    continue;
                var version = ModuleVersion().Match(Encoding.UTF8.GetString(tree.ReadAllBytes(file.Path, MaxModuleBytes)));
                modules[name[..^3]] = version.Groups["version"].Value;
            }
        }
        return modules;
    }

    private static void Add(TarWriter tar, string name, string content) =>
        tar.Add(new TarEntry { Name = BytePath.From(name), Type = NodeType.Regular, Mode = 0x1a4, Size = content.Length }, Encoding.UTF8.GetBytes(content));

    [GeneratedRegex(@"^Version:[ \t]*(?<version>[A-Za-z0-9.+~^_]+)[ \t\r]*$", RegexOptions.Multiline)]
    private static partial Regex ModuleVersion();

    [GeneratedRegex(@"^[A-Za-z0-9][A-Za-z0-9.+_-]*\z")]
    private static partial Regex ProgramName();
}
