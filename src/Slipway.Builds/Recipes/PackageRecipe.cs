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

    private const string SandboxPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

    /// <summary>Directory inside where results are left.</summary>
    internal const string Results = "/build/out";

    internal Dist Dist => Inputs.Dist;

    internal bool NoCheck => Dist.BuildOptions.Contains("nocheck");

    /// <summary>The flag of rpmbuild and makepkg that leaves the tests out, or nothing.</summary>
    internal IReadOnlyList<string> SkipTests => NoCheck ? ["--nocheck"] : [];

    /// <summary>Directory inside of the compilers' cache, which outlives the build.</summary>
    internal const string CompilerCache = "/build/.ccache";

    internal bool UsesCompilerCache => Dist.CompilerCache && Inputs.CompilerCache is not null;

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
        if (UsesCompilerCache)
        {
            environment["PATH"] = "/usr/lib/ccache:" + SandboxPath;
            environment["CCACHE_DIR"] = CompilerCache;
            environment["CCACHE_MAXSIZE"] = "1G";
        }
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
    internal static PackageRecipe Of(BuildInputs inputs) => inputs.Image is { } image ? new ImageRecipe(image, inputs) : inputs.Dist.BuildEngine == "debbuild" ? new DebbuildRecipe() : Of(inputs.Dist.Type);

    internal static PackageRecipe Of(PackageType type) => type switch
    {
        PackageType.Deb => new DebRecipe(),
        PackageType.Rpm => new RpmRecipe(),
        _ => new PacmanRecipe(),
    };

    /// <summary>Packages the type's own tools are in, which every root of the type has besides the dist's base.</summary>
    internal abstract IReadOnlyList<string> Tools { get; }

    /// <summary>What the recipe needs, in the words of its type.</summary>
    /// <exception cref="RecipeException">There is no recipe, or it cannot be read.</exception>
    internal abstract Task<IReadOnlyList<string>> BuildDependenciesAsync(RecipeContext context);

    /// <summary>A need as relations between debs; empty for one that no package index can answer and the type's own tool checks in the finished root.</summary>
    /// <param name="need">One of <see cref="BuildDependenciesAsync"/>.</param>
    /// <param name="isKnown">True for the name of a deb that can be had.</param>
    internal abstract IReadOnlyList<string> ToDebs(string need, Func<string, bool> isKnown);

    /// <summary>The run that builds.</summary>
    internal abstract RecipeRun Build(RecipeContext context);

    /// <summary>Whose rights the run has.</summary>
    internal virtual SandboxUser User => SandboxUser.Builder;

    /// <summary>True for the name of a package file of the type.</summary>
    internal abstract bool IsResult(string fileName);

    protected static int Jobs(Dist dist) => dist.Limits.Processors > 0 ? Math.Min(dist.Limits.Processors, System.Environment.ProcessorCount) : System.Environment.ProcessorCount;

    /// <summary>What the log says of the limits that hold.</summary>
    internal static string Describe(SandboxLimits limits) => $"{limits.MemoryBytes >> 20} MiB, {limits.Processes} processes, {limits.Wall.TotalMinutes:F0} min";
}
