using System.Text.RegularExpressions;
using Slipway.Content;
using Slipway.Packages;
using Slipway.Packages.Mirrors;

namespace Slipway.Builds.Roots;

/// <summary>Reads what a dist file says of its root.</summary>
internal static partial class DistRoots
{
    private static readonly string[] Families = ["apt", "dnf", "pacman", "kiwi"];

    internal static DistRoot Read(ConfigMap map, PackageType type)
    {
        var from = map.String("from");
        if (from.Length > 0 && !Families.Contains(from))
            map.Error("from", $"a root from `{from}` is not known", "use apt, dnf, pacman or kiwi");
        var own = from switch { "dnf" => PackageType.Rpm, "pacman" => PackageType.Pacman, _ => PackageType.Deb };
        if (from is "dnf" or "pacman" && type != own)
            map.Error("from", $"a root from `{from}` builds {own.ToString().ToLowerInvariant()} packages only", "use `apt`, whose roots build every type");
        var repositories = map.Maps("repositories").Select((repository, i) => ReadRepository(repository, own, i)).ToList();
        var sources = map.OptionalString("sources") ?? (repositories.Count > 0 || from is not "apt" ? "" : "host");
        if (sources is not ("" or "host"))
            map.Error("sources", $"sources `{sources}` are not known", "use `host`, the package sources of this machine, or name `repositories`");
        var root = new DistRoot(from, sources, map.Strings("base")) { Repositories = repositories };
        Check(root, map);
        return root;
    }

    private static void Check(DistRoot root, ConfigMap map)
    {
        foreach (var name in root.Base.Where(n => !(root.From == "apt" ? Dist.DebName() : PackageName()).IsMatch(n)))
            map.Error("base", $"`{name}` is no package name", "use the name of a package of the root's repositories");
        if (root.From == "kiwi" && (root.Base.Count > 0 || root.Repositories.Count > 0))
            map.Error(root.Base.Count > 0 ? "base" : "repositories", "a root from `kiwi` is described by the package's .cb/build_root.kiwi", "say it there");
        if (root.From is "dnf" or "pacman" && root.Repositories.Count == 0)
            map.Error("from", $"a root from `{root.From}` needs `repositories`", "name at least one, with its url");
        if (root.From is "dnf" or "pacman" && root.Base.Count == 0)
            map.Error("base", "`base` is missing", root.From == "dnf" ? "name the packages with rpm and rpmbuild" : "name the packages with pacman and makepkg, such as base-devel");
        if (root is { Sources: "host", From: not "apt" } or { Sources: "host", Repositories.Count: > 0 })
            map.Error("sources", "`host` are apt's sources of this machine, and nothing besides", "leave `sources` out, or `repositories`");
        foreach (var name in root.Repositories.GroupBy(r => r.Name).Where(g => g.Count() > 1).Select(g => g.Key))
            map.Error("repositories", $"two are named `{name}`", "give each a name of its own");
    }

    private static UpstreamRepository ReadRepository(ConfigMap map, PackageType type, int number)
    {
        var name = map.String("name", $"repository-{number}");
        if (!Dist.PlainName().IsMatch(name))
            map.Error("name", $"`{name}` is no repository name", "use lower-case letters, digits, '.', '_' and '-'");
        var url = map.String("url");
        if (url.Length > 0 && !(Uri.TryCreate(url, UriKind.Absolute, out var address) && address.Scheme is "http" or "https" or "file"))
            map.Error("url", $"`{url}` is no http, https or file address", "https://HOST/PATH");
        var keys = map.OptionalString("keys");
        var unsigned = map.Bool("unsigned", false);
        if (keys is null != unsigned)
            map.Error(keys is null ? "name" : "unsigned", keys is null ? "nothing says who signs the repository" : "it is either signed or not", "give the armoured `keys`, or `unsigned: true` to take it as it is");
        if (type == PackageType.Deb && !map.Has("suite"))
            map.Error("url", "`suite` is missing", "name the suite or codename as in sources.list, or `./` for a repository with its index at its top");
        return new(name, new MirrorSource
        {
            Type = type,
            Url = url,
            // The name of a pacman database.
            Suite = map.String("suite", type == PackageType.Pacman ? name : ""),
            Components = map.Has("components") ? map.Strings("components") : ["main"],
            Keys = unsigned ? null : keys ?? "",
        }, (int)map.Int("priority", 0, 0, 1000));
    }

    [GeneratedRegex(@"^[A-Za-z0-9_][A-Za-z0-9.+_-]{0,127}\z")]
    private static partial Regex PackageName();
}
