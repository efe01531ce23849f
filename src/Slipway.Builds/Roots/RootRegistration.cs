using System.Text;
using System.Text.RegularExpressions;
using Slipway.Content;
using Slipway.Packages;

namespace Slipway.Builds.Roots;

/// <summary>What is installed in a root made of debs, in the words of the other package tools, so that their own dependency checks are true.</summary>
internal static partial class RootRegistration
{
    private static readonly string[] ProgramDirectories = ["usr/bin", "usr/sbin"];

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

    private static void Add(TarWriter tar, string name, string content) =>
        tar.Add(new TarEntry { Name = BytePath.From(name), Type = NodeType.Regular, Mode = 0x1a4, Size = content.Length }, Encoding.UTF8.GetBytes(content));

    [GeneratedRegex(@"^[A-Za-z0-9][A-Za-z0-9.+_-]*\z")]
    private static partial Regex ProgramName();
}
