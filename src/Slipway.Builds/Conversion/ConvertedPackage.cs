using Slipway.Content;
using Slipway.Packages;

namespace Slipway.Builds.Conversion;

/// <summary>A file of a converted package at its place in a root whose /usr is merged.</summary>
internal sealed record ConvertedFile(string Path, NodeType Type, int Mode, string Owner, string Group);

/// <summary>A deb as the other package types see it.</summary>
/// <param name="Name">The deb's name, kept.</param>
/// <param name="Version">The deb's version, as it stands there.</param>
/// <param name="File">Name of the deb in the mounted directory.</param>
/// <param name="Independent">True for `Architecture: all`.</param>
internal sealed record ConvertedPackage(string Name, string Version, string File, bool Independent, string Summary, string Url,
    IReadOnlyList<IReadOnlyList<DebDependency>> Requires, IReadOnlyList<DebDependency> Provides, IReadOnlyList<ConvertedFile> Files, bool NeedsLoaderCache)
{
    // Debian policy 9.2: ids below 100 are the same on every system.
    private static readonly Dictionary<string, string> Users = new() { ["root"] = "root", ["6"] = "man", ["8"] = "mail" };
    private static readonly Dictionary<string, string> Groups = new()
    {
        ["root"] = "root",
        ["5"] = "tty",
        ["6"] = "disk",
        ["8"] = "mail",
        ["12"] = "man",
        ["42"] = "shadow",
        ["43"] = "utmp",
        ["50"] = "staff",
    };

    private static readonly string[] Needs = ["Pre-Depends", "Depends"];

    /// <summary>Directories that moved below /usr; the filesystem package owns the links that take their place.</summary>
    internal static readonly string[] Merged = ["bin", "sbin", "lib", "lib64", "lib32", "libx32"];

    internal static ConvertedPackage Read(string path, string fileName)
    {
        var record = PackageFile.Read(path, PackageType.Deb);
        var files = PackageFile.Files(path, PackageType.Deb).Select(f => Convert(f, record.Name)).Where(f => f.Path.Length > 1 && !Merged.Contains(f.Path[1..])).ToList();
        var requires = Needs.SelectMany(f => DebRelations.Clauses(record.Field(f) ?? "")).Select(DebRelations.Alternatives);
        var provides = DebRelations.Clauses(record.Field("Provides") ?? "").SelectMany(DebRelations.Alternatives);
        return new(record.Name, record.Version, fileName, record.Architecture == "all", OneLine(record.Summary), OneLine(record.Url),
            [.. requires], [.. provides], files, files.Exists(f => f.Path.StartsWith("/usr/lib/", StringComparison.Ordinal) && f.Path.Contains(".so.", StringComparison.Ordinal)));
    }

    private static ConvertedFile Convert(PackagedFile file, string package)
    {
        var path = file.Path.ToString();
        var top = path.Split('/')[1];
        return new(Merged.Contains(top) && path.Length > top.Length + 1 ? "/usr" + path : path, file.Type, file.Mode & 0xfff, Named(Users, file.Owner, package, path), Named(Groups, file.Group, package, path));
    }

    private static string Named(Dictionary<string, string> names, string id, string package, string path) => names.GetValueOrDefault(id)
        ?? throw new SlipwayException($"Cannot convert {package}", $"{path} belongs to id {id}, which has no name on every system", "leave the package out of the dist's repository");

    private static string OneLine(string text) => text.Split('\n')[0].Trim();
}
