using Slipway.Content;

namespace Slipway.Packages;

/// <summary>What to ask the solver for besides the relations.</summary>
public sealed record ResolveOptions
{
    /// <summary>Take weak dependencies (Recommends) too. Unset: no.</summary>
    public bool Recommends { get; init; }

    /// <summary>deb: take every package marked Essential, which others need without saying so. Unset: no.</summary>
    public bool Essential { get; init; }

    /// <summary>Names or relations wanted on top, with a reason of their own in the solution.</summary>
    public IReadOnlyList<string> AlsoNeeded { get; init; } = [];

    /// <summary>Package names that must not be chosen.</summary>
    public IReadOnlyList<string> Exclude { get; init; } = [];
}

/// <summary>The solver's answer. Packages come in installation order (what is needed comes before what needs it, cycles aside).</summary>
/// <param name="Problems">In words; empty on success.</param>
public sealed record Solution(bool Succeeded, IReadOnlyList<ResolvedPackage> Packages, IReadOnlyList<string> Problems)
{
    /// <summary>The packages, or an exception that names the problems.</summary>
    public IReadOnlyList<ResolvedPackage> Require(string what) => Succeeded
        ? Packages
        : throw new SlipwayException(what, string.Join("; ", Problems), "name repositories that hold what is missing, or correct the relations");
}

/// <summary>One chosen package.</summary>
/// <param name="Location">Path of the file below its repository's base address.</param>
/// <param name="Size">Bytes of the file; 0 where the index does not say.</param>
/// <param name="Reason">Who asked for it, in words: <c>asked for</c>, <c>essential</c> or <c>needed by gcc 4:12.2.0-3 (gcc-12)</c>.</param>
public sealed record ResolvedPackage(
    string Name, string Version, string Architecture, string Repository, string Location, Digest Digest, long Size, string Reason);
