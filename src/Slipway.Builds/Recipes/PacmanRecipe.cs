using System.Globalization;
using System.Text.RegularExpressions;
using Slipway.Builds.Roots;

namespace Slipway.Builds.Recipes;

/// <summary>A PKGBUILD; its sources are the package directory.</summary>
internal sealed partial class PacmanRecipe : PackageRecipe
{
    private static readonly string[] NeededToBuild = ["depends", "makedepends"], NeededToTest = ["depends", "makedepends", "checkdepends"];

    /// <summary>makepkg wants a name with an address; who really built it, the ledger tells.</summary>
    internal const string Packager = "Slipway <slipway@localhost>";

    internal override IReadOnlyList<string> Tools => ["makepkg", "pacman-package-manager", "fakeroot", "libarchive-tools", "zstd", "xz-utils", "file"];

    internal override bool IsResult(string fileName) => fileName.Contains(".pkg.tar", StringComparison.Ordinal) && !fileName.EndsWith(".sig", StringComparison.Ordinal);

    internal override async Task<IReadOnlyList<string>> BuildDependenciesAsync(RecipeContext context)
    {
        if (!context.Files.Contains("PKGBUILD"))
            throw new RecipeException("a pacman package is built from a PKGBUILD, which the package does not have");
        var facts = await context.Query(new(["makepkg", "--printsrcinfo"], RecipeContext.Sources, Environment(context))).ConfigureAwait(false);
        var fields = context.NoCheck ? NeededToBuild : NeededToTest;
        // What stands below a `pkgname` is what one of the packages needs to run, once it is made.
        return [.. facts.Split('\n').TakeWhile(l => !l.StartsWith("pkgname = ", StringComparison.Ordinal)).Select(l => Fact().Match(l)).Where(f => f.Success)
            .Where(f => fields.Any(n => f.Groups["key"].Value == n || f.Groups["key"].Value == $"{n}_{context.Inputs.Architecture}"))
            .Select(f => f.Groups["value"].Value.Trim())];
    }

    internal override IReadOnlyList<string> ToDebs(string need, Func<string, bool> isKnown) => [ToDeb(need)];

    internal override RecipeRun Build(RecipeContext context) =>
        new(["makepkg", "--nosign", "--noconfirm", "--noprogressbar", .. context.SkipTests], RecipeContext.Sources, Environment(context));

    internal static string ToDeb(string depend)
    {
        var relation = Relation().Match(depend.Trim());
        if (!relation.Success)
            throw new RecipeException($"PKGBUILD: `{depend}` is no dependency on a package");
        var name = relation.Groups["name"].Value;
        return relation.Groups["version"].Length == 0 ? name
            : $"{name} ({relation.Groups["operator"].Value switch { "<" => "<<", ">" => ">>", var same => same }} {relation.Groups["version"].Value})";
    }

    private static Dictionary<string, string> Environment(RecipeContext context) => context.Environment(
        ("PKGDEST", RecipeContext.Results), ("SRCDEST", RecipeContext.Sources), ("BUILDDIR", "/build/work"), ("PKGEXT", ".pkg.tar.zst"),
        ("CARCH", context.Inputs.Architecture), ("MAKEFLAGS", "-j" + Jobs(context.Dist).ToString(CultureInfo.InvariantCulture)), ("PACKAGER", Packager));

    [GeneratedRegex(@"^\s*(?<key>[a-z0-9_]+) = (?<value>.+)$")]
    private static partial Regex Fact();

    [GeneratedRegex(@"^(?<name>[A-Za-z0-9@_][A-Za-z0-9@._+-]*)((?<operator><=|>=|<|>|=)(?<version>[A-Za-z0-9.+:~_-]+))?\z")]
    private static partial Regex Relation();
}
