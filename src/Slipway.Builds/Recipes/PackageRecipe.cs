using Slipway.Builds.Roots;
using Slipway.Packages;
using Slipway.Sandbox;

namespace Slipway.Builds.Recipes;

/// <summary>One run inside the root.</summary>
internal sealed record RecipeRun(IReadOnlyList<string> Command, string WorkingDirectory, IReadOnlyDictionary<string, string> Environment);

/// <summary>What a recipe may ask while it is read.</summary>
/// <param name="Inputs">The build.</param>
/// <param name="Query">Runs a command as the builder in the dist's base root, with the sources at /build/src; gives what it wrote to standard output.</param>
internal sealed record RecipeContext(BuildInputs Inputs, Func<RecipeRun, Task<string>> Query)
{
    internal const string Sources = "/build/src";

    /// <summary>Directory inside where results are left.</summary>
    internal const string Results = "/build/out";

    internal Dist Dist => Inputs.Dist;

    internal bool NoCheck => Dist.BuildOptions.Contains("nocheck");

    /// <summary>The flag of rpmbuild and makepkg that leaves the tests out, or nothing.</summary>
    internal IReadOnlyList<string> SkipTests => NoCheck ? ["--nocheck"] : [];

    /// <summary>Names of the files at the top of the package directory.</summary>
    internal IEnumerable<string> Files => Directory.EnumerateFiles(Inputs.SourceDirectory).Select(f => Path.GetFileName(f)).Order(StringComparer.Ordinal);

    /// <summary>The environment every recipe has.</summary>
    internal Dictionary<string, string> Environment(params (string Name, string Value)[] own)
    {
        var environment = new Dictionary<string, string>
        {
            ["SOURCE_DATE_EPOCH"] = Inputs.SourceDateEpoch.ToString(System.Globalization.CultureInfo.InvariantCulture),
            ["LC_ALL"] = "C.UTF-8",
            ["TZ"] = "UTC",
        };
        foreach (var (name, value) in own)
            environment[name] = value;
        foreach (var (name, value) in Dist.Environment)
            environment[name] = value;
        return environment;
    }
}

/// <summary>How packages of one type are built; a package directory may hold a recipe of each type.</summary>
internal abstract class PackageRecipe
{
    internal static PackageRecipe Of(PackageType type) => type switch
    {
        PackageType.Deb => new DebRecipe(),
        PackageType.Rpm => new RpmRecipe(),
        _ => new PacmanRecipe(),
    };

    /// <summary>Packages the type's own tools are in, which every root of the type has besides the dist's base.</summary>
    internal abstract IReadOnlyList<string> Tools { get; }

    /// <summary>What the recipe needs, as relations between deb packages.</summary>
    /// <exception cref="RecipeException">There is no recipe, or it cannot be read.</exception>
    internal abstract Task<IReadOnlyList<string>> BuildDependenciesAsync(RecipeContext context);

    /// <summary>The run that builds.</summary>
    internal abstract RecipeRun Build(RecipeContext context);

    /// <summary>True for the name of a package file of the type.</summary>
    internal abstract bool IsResult(string fileName);

    protected static int Jobs => System.Environment.ProcessorCount;

    /// <summary>What the log says of the limits that hold.</summary>
    internal static string Describe(SandboxLimits limits) => $"{limits.MemoryBytes >> 20} MiB, {limits.Processes} processes, {limits.Wall.TotalMinutes:F0} min";
}
