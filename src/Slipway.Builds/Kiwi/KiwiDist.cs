using System.Text;
using Slipway.Builds.Roots;
using Slipway.Content;
using Slipway.Packages;
using Slipway.Packages.Mirrors;

namespace Slipway.Builds.Kiwi;

/// <summary>The dist that a package brings with it: the profile `DIST.ARCH` of its `.cb/build_root.kiwi`.</summary>
internal static class KiwiDist
{
    internal const string File = ".cb/build_root.kiwi";

    /// <summary>Directory of a package whose files are laid over its root.</summary>
    internal const string Overlay = ".cb/root";

    private const long MaxBytes = 4 << 20;

    /// <summary>True when the package's own description has the profile of a target.</summary>
    internal static bool Describes(string text, string dist, string architecture)
    {
        try
        {
            return KiwiDescription.Parse(text, File).Profiles.Contains($"{dist}.{architecture}");
        }
        catch (RecipeException)
        {
            // What is wrong with it is said by whoever builds from it.
            return true;
        }
    }

    /// <summary>The type of the packages that a package makes.</summary>
    /// <param name="read">Text of a file of the package, or null.</param>
    /// <param name="files">Names of the package's files, relative to it.</param>
    internal static PackageType TypeOf(Func<string, string?> read, IReadOnlyList<string> files, string dist, string architecture)
    {
        ObsConfiguration configuration;
        try
        {
            configuration = Configuration(read, dist, architecture);
        }
        catch (RecipeException)
        {
            // What is wrong with it is said by whoever builds from it.
            configuration = ObsConfiguration.None;
        }
        return (configuration.Engine, configuration.Type) switch
        {
            ("debbuild" or "dpkg" or "debootstrap", _) => PackageType.Deb,
            ("makepkg", _) => PackageType.Pacman,
            ("rpmbuild", _) => PackageType.Rpm,
            (_, "dsc") => PackageType.Deb,
            (_, "arch") => PackageType.Pacman,
            (_, "spec") => PackageType.Rpm,
            // As the OBS build script: the first recipe there is, spec files first.
            _ => files.Any(f => !f.Contains('/') && f.EndsWith(".spec", StringComparison.Ordinal)) ? PackageType.Rpm
                : files.Any(f => f.StartsWith("debian/", StringComparison.Ordinal) || (!f.Contains('/') && f.EndsWith(".dsc", StringComparison.Ordinal))) ? PackageType.Deb
                : files.Contains("PKGBUILD") ? PackageType.Pacman : PackageType.Rpm,
        };
    }

    /// <summary>The dist of a package directory.</summary>
    /// <param name="named">What a dist file says besides, of a dist `from: kiwi`; null for a package that needs none.</param>
    /// <exception cref="RecipeException">The description is missing, wrong, or has no such profile.</exception>
    internal static Dist Of(string package, string name, string architecture, Dist? named = null)
    {
        if (Read(package, File) is not { } text)
            throw new RecipeException($"the dist {name} takes its root from {File}, which the package does not have");
        var selection = KiwiDescription.Parse(text, Path.Combine(package, File)).Select([$"{name}.{architecture}"], architecture);
        var files = FilesOf(package);
        var configuration = Configuration(file => Read(package, file), name, architecture);
        var macros = new Dictionary<string, string>(configuration.Macros);
        foreach (var (key, value) in named?.Macros ?? new Dictionary<string, string>())
            macros[key] = value;
        return (named ?? new Dist { Name = name, Type = TypeOf(file => Read(package, file), files, name, architecture), Architecture = architecture, Root = new("kiwi", "", []) }) with
        {
            Root = new("kiwi", "", [.. selection.Packages.Except(selection.Ignored)]) { Repositories = Upstreams(selection, package) },
            Macros = macros,
            BuildEngine = configuration.Engine,
        };
    }

    /// <summary>The repositories of a selection, with the keys that must have signed them.</summary>
    internal static IReadOnlyList<UpstreamRepository> Upstreams(KiwiSelection selection, string package) => [.. selection.Repositories.Select(repository => new UpstreamRepository(repository.Name, new MirrorSource
    {
        Type = selection.Type,
        Url = repository.Address,
        Suite = repository.Distribution,
        Components = repository.Components,
        Keys = Keys(repository, package),
    }, repository.Priority))];

    private static string? Keys(KiwiRepository repository, string package)
    {
        if (!repository.IsSigned)
            return null;
        if (repository.SigningKeys.Count == 0)
            throw new RecipeException($"nothing says who signs the repository {repository.Address}. Try: <signing key=\"this://KEY.asc\"/> in its <source>, or repository_gpgcheck=\"false\" to take it as it is");
        return string.Concat(repository.SigningKeys.Select(file => Key(file, package) + "\n"));
    }

    // A key comes from the package itself or from the machine's own keyrings, and from nowhere else of the machine.
    private static string Key(string file, string package)
    {
        if (file.StartsWith(package + "/", StringComparison.Ordinal))
            return Read(package, file[(package.Length + 1)..]) ?? throw new RecipeException($"the key {file[(package.Length + 1)..]} is not among the package's files");
        var system = file.StartsWith("/usr/share/keyrings/", StringComparison.Ordinal) || file.StartsWith("/etc/apt/trusted.gpg.d/", StringComparison.Ordinal) || file.StartsWith("/etc/pki/rpm-gpg/", StringComparison.Ordinal);
        if (!system || file.Contains("..", StringComparison.Ordinal) || new FileInfo(file) is not { Exists: true, Length: < MaxBytes })
            throw new RecipeException($"the key {file} is neither among the package's files nor in a keyring of the machine. Try: put it beside the description and write this://NAME");
        var bytes = System.IO.File.ReadAllBytes(file);
        var text = Encoding.UTF8.GetString(bytes);
        return text.Contains("-----BEGIN PGP", StringComparison.Ordinal) ? text : Convert.ToBase64String(bytes);
    }

    private static ObsConfiguration Configuration(Func<string, string?> read, string dist, string architecture)
    {
        foreach (var place in ObsConfiguration.Places.Select(p => $"{Overlay}/{p}"))
        {
            if (read(place) is { } text)
                return ObsConfiguration.Parse(text, place, dist, architecture);
        }
        return ObsConfiguration.None;
    }

    private static string? Read(string package, string file)
    {
        using var tree = RootedTree.Open(package);
        var path = BytePath.From(file);
        return tree.StatFollowing(path) is { Type: NodeType.Regular } ? Encoding.UTF8.GetString(tree.ReadAllBytes(path, MaxBytes)) : null;
    }

    private static List<string> FilesOf(string package)
    {
        using var tree = RootedTree.Open(package);
        return [.. tree.Walk().Where(e => e.Stat.Type == NodeType.Regular).Select(e => e.Path.ToString())];
    }
}
