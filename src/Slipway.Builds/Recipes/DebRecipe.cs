using System.Text.RegularExpressions;
using Slipway.Builds.Roots;
using Slipway.Content;
using Slipway.Packages;

namespace Slipway.Builds.Recipes;

/// <summary>A `debian` directory, with the upstream tarballs beside it where it has any.</summary>
internal sealed partial class DebRecipe : PackageRecipe
{
    private const string DebArchitecture = "amd64";
    private const long MaxControlBytes = 4 << 20;

    // TREE ORIG|"" [COMPONENT TARBALL]...: what dpkg-source -x would do, from the files of the package directory.
    private const string Script = """
        set -e
        tree=/build/$1; orig=$2
        shift 2
        mkdir "$tree"
        if [ -n "$orig" ]; then
            tar -C "$tree" --strip-components=1 --no-same-owner -xf "/build/src/$orig"
            while [ $# -gt 0 ]; do
                mkdir "$tree/$1"
                tar -C "$tree/$1" --strip-components=1 --no-same-owner -xf "/build/src/$2"
                shift 2
            done
            rm -rf "$tree/debian"
            cp -a /build/src/debian "$tree/debian"
        else
            cp -a /build/src/. "$tree/"
            rm -rf "$tree/.cb"
        fi
        cd "$tree"
        dpkg-buildpackage -us -uc -b
        cp /build/*.deb /build/out/
        """;

    private static readonly string[] DependencyFields = ["Build-Depends", "Build-Depends-Arch", "Build-Depends-Indep"];

    internal override IReadOnlyList<string> Tools => ["dpkg-dev", "fakeroot", "build-essential"];

    internal override bool IsResult(string fileName) => fileName.EndsWith(".deb", StringComparison.Ordinal);

    internal override Task<IReadOnlyList<string>> BuildDependenciesAsync(RecipeContext context)
    {
        var source = ControlText.Stanzas(Read(context, "debian/control")).FirstOrDefault()
            ?? throw new RecipeException("debian/control is empty");
        if (!source.ContainsKey("Source"))
            throw new RecipeException("the first paragraph of debian/control has no Source field");
        string[] profiles = context.NoCheck ? ["nocheck"] : [];
        var fields = DependencyFields.Select(f => source.GetValueOrDefault(f, ""));
        try
        {
            return Task.FromResult<IReadOnlyList<string>>([.. fields.SelectMany(f => DebRelations.Applicable(f, DebArchitecture, profiles))]);
        }
        catch (SlipwayException refused)
        {
            throw new RecipeException($"debian/control: {refused.Why}");
        }
    }

    internal override RecipeRun Build(RecipeContext context)
    {
        var first = Read(context, "debian/changelog").Split('\n').FirstOrDefault(l => !string.IsNullOrWhiteSpace(l)) ?? "";
        var head = ChangelogHead().Match(first);
        if (!head.Success)
            throw new RecipeException($"the first line of debian/changelog is not `name (version) distribution; ...`: {first}");
        var name = head.Groups["name"].Value;
        var (_, upstream, _) = PackageVersions.Split(head.Groups["version"].Value);
        var prefix = $"{name}_{upstream}.orig";
        var tarballs = context.Files.Where(f => f.StartsWith(prefix, StringComparison.Ordinal)).Select(f => (File: f, Part: OrigPart().Match(f[prefix.Length..])))
            .Where(t => t.Part.Success).ToList();
        var orig = tarballs.FirstOrDefault(t => t.Part.Groups["component"].Length == 0).File ?? "";
        if (orig.Length == 0 && IsQuilt(context))
            throw new RecipeException($"debian/source/format is `3.0 (quilt)`, but no {prefix}.tar.* is among the package's files");
        var components = tarballs.Where(t => t.Part.Groups["component"].Length > 0).SelectMany(t => new[] { t.Part.Groups["component"].Value, t.File });
        var options = string.Join(' ', context.Dist.BuildOptions.Prepend($"parallel={Jobs}"));
        return new(["sh", "-c", Script, "sh", $"{name}-{upstream}", orig, .. components], "/build",
            context.Environment(("DEB_BUILD_OPTIONS", options), ("DEB_BUILD_PROFILES", context.NoCheck ? "nocheck" : "")));
    }

    private static bool IsQuilt(RecipeContext context) =>
        File.Exists(Path.Combine(context.Inputs.SourceDirectory, "debian/source/format")) && Read(context, "debian/source/format").Contains("quilt", StringComparison.Ordinal);

    private static string Read(RecipeContext context, string name)
    {
        using var tree = RootedTree.Open(context.Inputs.SourceDirectory);
        var path = BytePath.From(name);
        return tree.StatFollowing(path) is { } stat && stat.Type == NodeType.Regular
            ? System.Text.Encoding.UTF8.GetString(tree.ReadAllBytes(path, MaxControlBytes))
            : throw new RecipeException($"a deb is built from {name}, which the package does not have");
    }

    [GeneratedRegex(@"^(?<name>[a-z0-9][a-z0-9+.-]+) \((?<version>[0-9][A-Za-z0-9.+:~-]*)\)")]
    private static partial Regex ChangelogHead();

    [GeneratedRegex(@"^(-(?<component>[A-Za-z0-9-]+))?\.tar\.(gz|xz|bz2|zst|lzma)\z")]
    private static partial Regex OrigPart();
}
