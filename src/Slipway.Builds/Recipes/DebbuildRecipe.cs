namespace Slipway.Builds.Recipes;

/// <summary>A spec file of which debbuild makes debs; its sources and patches are the package directory.</summary>
internal sealed class DebbuildRecipe : PackageRecipe
{
    // debbuild reads no macros from its command line but plain definitions, and puts debs and source packages below its top directory.
    private const string Script = """
        set -e
        mkdir -p /build/debbuild/DEBS /build/debbuild/SDEBS /build/debbuild/BUILD /build/debbuild/SPECS
        ln -s /build/src /build/debbuild/SOURCES
        specification=$1
        shift
        debbuild -ba "$@" "$specification"
        find /build/debbuild/DEBS -name '*.deb' -exec cp {} /build/out/ \;
        """;

    private static readonly (string Name, string Value)[] Own = [("_topdir", "/build/debbuild"), ("debbuild", "1"), ("_vendor", "debbuild")];

    internal override IReadOnlyList<string> Tools => ["debbuild", "rpm", "fakeroot", "dpkg-dev"];

    internal override bool IsResult(string fileName) => fileName.EndsWith(".deb", StringComparison.Ordinal);

    // debbuild has no way to ask what a recipe needs; rpm, told that it is debbuild, reads the same words.
    internal override async Task<IReadOnlyList<string>> BuildDependenciesAsync(RecipeContext context)
    {
        var lines = await context.Query(new(["rpmspec", "-q", "--buildrequires", .. RpmRecipe.Definitions(context), .. Definitions(context), RpmRecipe.Specification(context)], RecipeContext.Sources, context.Environment())).ConfigureAwait(false);
        return lines.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
    }

    internal override IReadOnlyList<string> ToDebs(string need, Func<string, bool> isKnown) => RpmRequirement.ToDebs(need, isKnown);

    internal override RecipeRun Build(RecipeContext context) =>
        new(["sh", "-c", Script, "sh", RpmRecipe.Specification(context), .. Definitions(context)], "/build", context.Environment());

    private static IEnumerable<string> Definitions(RecipeContext context) =>
        Own.Concat(context.Dist.Macros.Select(m => (m.Key, m.Value))).SelectMany(m => new[] { "--define", $"{m.Item1} {m.Item2}" });
}
