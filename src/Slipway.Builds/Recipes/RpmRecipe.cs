using System.Globalization;
using Slipway.Builds.Roots;

namespace Slipway.Builds.Recipes;

/// <summary>A spec file; its sources and patches are the package directory.</summary>
internal sealed class RpmRecipe : PackageRecipe
{
    internal override IReadOnlyList<string> Tools => ["rpm", "pkgconf", "xz-utils", "bzip2", "gzip", "tar", "patch", "make"];

    internal override bool IsResult(string fileName) => fileName.EndsWith(".rpm", StringComparison.Ordinal);

    internal override async Task<IReadOnlyList<string>> BuildDependenciesAsync(RecipeContext context)
    {
        var lines = await context.Query(new(["rpmspec", "-q", "--buildrequires", .. Definitions(context), Specification(context)], RecipeContext.Sources, context.Environment())).ConfigureAwait(false);
        return lines.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
    }

    internal override IReadOnlyList<string> ToDebs(string need, Func<string, bool> isKnown) => RpmRequirement.ToDebs(need, isKnown);

    internal override RecipeRun Build(RecipeContext context) =>
        new(["rpmbuild", "-ba", .. Definitions(context), .. context.SkipTests, Specification(context)], RecipeContext.Sources, context.Environment());

    internal static string Specification(RecipeContext context)
    {
        var found = context.Files.Where(f => f.EndsWith(".spec", StringComparison.Ordinal)).ToList();
        var own = found.Count == 1 ? found[0] : found.Find(f => f == context.Inputs.PackageName + ".spec");
        return own is not null ? $"{RecipeContext.Sources}/{own}" : throw new RecipeException(found.Count == 0
            ? "an rpm is built from a .spec file, which the package does not have"
            : $"several .spec files ({string.Join(", ", found)}), none named {context.Inputs.PackageName}.spec");
    }

    internal static IEnumerable<string> Definitions(RecipeContext context)
    {
        var macros = new SortedDictionary<string, string>(StringComparer.Ordinal)
        {
            ["_topdir"] = "/build/rpmbuild",
            ["_sourcedir"] = RecipeContext.Sources,
            ["_rpmdir"] = RecipeContext.Results,
            ["_srcrpmdir"] = RecipeContext.Results,
            ["_smp_mflags"] = "-j" + Jobs(context.Dist).ToString(CultureInfo.InvariantCulture),
            ["_smp_build_ncpus"] = Jobs(context.Dist).ToString(CultureInfo.InvariantCulture),
            ["_buildhost"] = "build",
            ["use_source_date_epoch_as_buildtime"] = "1",
            ["clamp_mtime_to_source_date_epoch"] = "1",
        };
        foreach (var (name, value) in context.Dist.Macros)
            macros[name] = value;
        return macros.SelectMany(m => new[] { "--define", $"{m.Key} {m.Value}" });
    }
}
