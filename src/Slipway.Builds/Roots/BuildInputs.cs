namespace Slipway.Builds.Roots;

/// <summary>Which image a description makes.</summary>
/// <param name="Profiles">kiwi profiles.</param>
/// <param name="Arguments">More arguments of `kiwi-ng system build`.</param>
/// <param name="BundleId">What stands behind the version in the names of a bundle.</param>
public sealed record ImageChoice(IReadOnlyList<string> Profiles, IReadOnlyList<string> Arguments, string BundleId = "0");

/// <summary>Everything one attempt of one build is made from.</summary>
public sealed record BuildInputs
{
    /// <summary>Number of the build; 0 for a build that no service knows.</summary>
    public required long BuildId { get; init; }

    /// <summary>Number of the attempt.</summary>
    public required int Attempt { get; init; }

    /// <summary>The package's files: its directory at the commit and the files its `sources` names, checked.</summary>
    public required string SourceDirectory { get; init; }

    /// <summary>The package's name, for messages.</summary>
    public required string PackageName { get; init; }

    public required Dist Dist { get; init; }

    /// <summary>The image to make of a kiwi description. Unset: a package is built from its recipe.</summary>
    public ImageChoice? Image { get; init; }

    /// <summary>Architecture of the target.</summary>
    public required string Architecture { get; init; }

    /// <summary>Time in seconds since 1970 that takes the place of now in what is built.</summary>
    public required long SourceDateEpoch { get; init; }

    /// <summary>The commit the files are from. Unset: not known.</summary>
    public string? Commit { get; init; }

    /// <summary>Directories of apt repositories published by this service, or of package files of the dist's type, whose packages may be used besides the dist's own. Unset: none.</summary>
    public IReadOnlyList<string> ProjectRepositories { get; init; } = [];

    /// <summary>rpm and pacman packages published by this service that may be used, before the dist's own. Unset: none.</summary>
    public IReadOnlyList<ProjectPackage> ProjectPackages { get; init; } = [];

    /// <summary>Directory of this attempt alone; made when missing. What is below `results` in it stays, the rest goes.</summary>
    public required string WorkDirectory { get; init; }

    /// <summary>A directory that outlives the build, for the compiler cache of a dist that allows one. Unset: no cache.</summary>
    public string? CompilerCache { get; init; }

    /// <summary>True: the root stays in <see cref="WorkDirectory"/> when the build is over. Unset: it goes.</summary>
    public bool KeepRoot { get; init; }

    /// <summary>True: a recipe that failed leaves a shell in its root, on this process's own terminal, before the root goes. Unset: no.</summary>
    public bool ShellOnFailure { get; init; }

    /// <summary>True: build even where limits cannot be enforced on the whole build; the outcome then says `weak`.</summary>
    public bool AcceptWeakLimits { get; init; }
}

/// <summary>How an attempt ended.</summary>
/// <param name="Succeeded">Every step ended well and packages came out.</param>
/// <param name="Cause">Why not, in words; null on success.</param>
/// <param name="Infrastructure">True: the recipe is not to blame and another attempt may succeed.</param>
/// <param name="ResultFiles">The packages made, absolute paths, sorted.</param>
/// <param name="SolverJson">What was resolved, in the shape the ancestor's solver.json has; `{}` when nothing was.</param>
/// <param name="Prepare">Time until the recipe started.</param>
/// <param name="Build">Time of the recipe.</param>
/// <param name="PeakMemoryBytes">Most memory of the recipe's run.</param>
/// <param name="Limits">What enforced the limits: `cgroup v2`, `cgroup v1` or `weak`.</param>
public sealed record BuildOutcome(bool Succeeded, string? Cause, bool Infrastructure, IReadOnlyList<string> ResultFiles, string SolverJson,
    TimeSpan Prepare, TimeSpan Build, long PeakMemoryBytes, string Limits)
{
    /// <summary>Everything that is known of how it was made; null where the build did not begin.</summary>
    public BuildRecord? Record { get; init; }
}
