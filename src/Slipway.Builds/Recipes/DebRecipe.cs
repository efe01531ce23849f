using System.Text.RegularExpressions;
using Slipway.Builds.Roots;
using Slipway.Content;
using Slipway.Packages;

namespace Slipway.Builds.Recipes;

/// <summary>A `debian` directory, with the upstream tarballs beside it where it has any.</summary>
internal sealed partial class DebRecipe : PackageRecipe
{
    private const long MaxControlBytes = 4 << 20;

    // TREE ORIG|"" [COMPONENT TARBALL]...: what dpkg-source -x would do, from the files of the package directory.
    private const string TreeScript = """
        set -e
        tree=/build/$1; orig=$2
        shift 2
        mkdir "$tree"
        if [ -n "$orig" ]; then
            tar -C "$tree" --strip-components=1 --no-same-owner -xf "/build/src/$orig"
            cp "/build/src/$orig" /build/
            while [ $# -gt 0 ]; do
                mkdir "$tree/$1"
                tar -C "$tree/$1" --strip-components=1 --no-same-owner -xf "/build/src/$2"
                cp "/build/src/$2" /build/
                shift 2
            done
            rm -rf "$tree/debian"
            cp -a /build/src/debian "$tree/debian"
        else
            cp -a /build/src/. "$tree/"
            rm -rf "$tree/.cb"
        fi
        cd "$tree"
        """ + "\n" + BuildScript;

    // DSC TREE: dpkg-source checks every file against the description's digests.
    private const string DescriptionScript = """
        set -e
        dpkg-source -x "/build/src/$1" "/build/$2"
        files=$(sed -n '/^Checksums-Sha256:/,/^[^ ]/s/^ [0-9a-f]* [0-9]* //p' "/build/src/$1")
        for file in $files; do cp "/build/src/$file" /build/; done
        cd "/build/$2"
        """ + "\n" + BuildScript;

    private const string BuildScript = """
        dpkg-buildpackage -us -uc -F
        cd /build
        cp *.deb *.dsc /build/out/
        for file in $(sed -n '/^Checksums-Sha256:/,/^[^ ]/s/^ [0-9a-f]* [0-9]* //p' *.dsc); do cp "$file" /build/out/; done
        """;

    private static readonly string[] DependencyFields = ["Build-Depends", "Build-Depends-Arch", "Build-Depends-Indep"];

    internal override IReadOnlyList<string> Tools => ["dpkg-dev", "fakeroot", "build-essential"];

    internal override bool IsResult(string fileName) => fileName.EndsWith(".deb", StringComparison.Ordinal) || SourcePart().IsMatch(fileName);

    internal override IReadOnlyList<string> ToDebs(string need, Func<string, bool> isKnown) => [need];

    internal override Task<IReadOnlyList<string>> BuildDependenciesAsync(RecipeContext context)
    {
        var file = Description(context) ?? "debian/control";
        var source = ControlText.Stanzas(Read(context, file)).FirstOrDefault(s => s.ContainsKey("Source"))
            ?? throw new RecipeException($"{file} has no Source field in a first paragraph");
        string[] profiles = context.NoCheck ? ["nocheck"] : [];
        var fields = DependencyFields.Select(f => source.GetValueOrDefault(f, ""));
        try
        {
            return Task.FromResult<IReadOnlyList<string>>([.. fields.SelectMany(f => DebRelations.Applicable(f, Architectures.Deb(context.Inputs.Architecture), profiles))]);
        }
        catch (SlipwayException refused)
        {
            throw new RecipeException($"{file}: {refused.Why}");
        }
    }

    internal override RecipeRun Build(RecipeContext context)
    {
        var options = string.Join(' ', context.Dist.BuildOptions.Prepend($"parallel={Jobs(context.Dist)}"));
        var environment = context.Environment(("DEB_BUILD_OPTIONS", options), ("DEB_BUILD_PROFILES", context.NoCheck ? "nocheck" : ""));
        var command = Description(context) is { } description ? new[] { DescriptionScript, "sh", description, "tree" } : Tree(context);
        return new(["sh", "-c", .. command], "/build", environment);
    }

    private static string[] Tree(RecipeContext context)
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
        return [TreeScript, "sh", $"{name}-{upstream}", orig, .. components];
    }

    // A directory with debian/ is the package's own tree, whatever else lies in it.
    private static string? Description(RecipeContext context)
    {
        if (Directory.Exists(Path.Combine(context.Inputs.SourceDirectory, "debian")))
            return null;
        var found = context.Files.Where(f => f.EndsWith(".dsc", StringComparison.Ordinal)).ToList();
        return found.Count < 2 ? found.FirstOrDefault() : throw new RecipeException($"several .dsc files ({string.Join(", ", found)}); leave one");
    }

    private static bool IsQuilt(RecipeContext context) =>
        File.Exists(Path.Combine(context.Inputs.SourceDirectory, "debian/source/format")) && Read(context, "debian/source/format").Contains("quilt", StringComparison.Ordinal);

    private static string Read(RecipeContext context, string name)
    {
        using var tree = RootedTree.Open(context.Inputs.SourceDirectory);
        var path = BytePath.From(name);
        return tree.StatFollowing(path) is { } stat && stat.Type == NodeType.Regular
            ? System.Text.Encoding.UTF8.GetString(tree.ReadAllBytes(path, MaxControlBytes))
            : throw new RecipeException($"a deb is built from {name} or a .dsc, which the package does not have");
    }

    [GeneratedRegex(@"(\.dsc|\.tar\.(gz|xz|bz2|zst|lzma)(\.asc)?|\.diff\.gz)\z")]
    private static partial Regex SourcePart();

    [GeneratedRegex(@"^(?<name>[a-z0-9][a-z0-9+.-]+) \((?<version>[0-9][A-Za-z0-9.+:~-]*)\)")]
    private static partial Regex ChangelogHead();

    [GeneratedRegex(@"^(-(?<component>[A-Za-z0-9-]+))?\.tar\.(gz|xz|bz2|zst|lzma)\z")]
    private static partial Regex OrigPart();
}
