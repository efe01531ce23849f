using Slipway.Content;

namespace Slipway.Packages;

/// <summary>What happens to what is installed and not asked for.</summary>
public enum Upgrade
{
    /// <summary>It stays unless the relations demand a change.</summary>
    None,

    /// <summary>Each package goes to the newest version there is; none goes away, none goes back.</summary>
    Update,

    /// <summary>The installed set becomes what the repositories hold: packages go to their version even if it is older, and what they replace goes away.</summary>
    Distribution,
}

/// <summary>What to ask the solver for besides the relations.</summary>
public sealed record ResolveOptions
{
    /// <summary>Take weak dependencies (Recommends) too. Unset: no.</summary>
    public bool Recommends { get; init; }

    /// <summary>deb: take every package marked Essential, which others need without saying so. Unset: no.</summary>
    public bool Essential { get; init; }

    /// <summary>Names or relations wanted on top, with a reason of their own in the solution.</summary>
    public IReadOnlyList<string> AlsoNeeded { get; init; } = [];

    /// <summary>Package names that must not be chosen; installed ones go away.</summary>
    public IReadOnlyList<string> Exclude { get; init; } = [];

    /// <summary>Unset: leave what is installed as it is.</summary>
    public Upgrade Upgrade { get; init; }

    /// <summary>Nothing but the best version of what is asked for (and updated) will do: where that cannot be had it is a problem, not a reason to take an older one. Unset: no.</summary>
    public bool Best { get; init; }

    /// <summary>The answer's packages may come in any order, which takes a tenth less time. Unset: in the order of installation.</summary>
    public bool AnyOrder { get; init; }

    /// <summary>Installed packages may go away to make room. Unset: no.</summary>
    public bool AllowRemovals { get; init; }

    /// <summary>Installed packages may go back to an older version. Unset: no (a distribution upgrade may always).</summary>
    public bool AllowDowngrades { get; init; }
}

/// <summary>The solver's answer. Packages come in installation order (what is needed comes before what needs it, cycles aside) unless any order was asked for.</summary>
/// <param name="Problems">In words; empty on success.</param>
public sealed record Solution(bool Succeeded, IReadOnlyList<ResolvedPackage> Packages, IReadOnlyList<string> Problems)
{
    /// <summary>What was installed and goes away: neither kept nor replaced by another version of itself.</summary>
    public IReadOnlyList<RemovedPackage> Removed { get; init; } = [];

    /// <summary>The packages, or an exception that names the problems.</summary>
    public IReadOnlyList<ResolvedPackage> Require(string what) => Succeeded
        ? Packages
        : throw new SlipwayException(what, string.Join("; ", Problems), "name repositories that hold what is missing, or correct the relations");
}

/// <summary>One chosen package.</summary>
/// <param name="Location">Path of the file below its repository's base address.</param>
/// <param name="Size">Bytes of the file; 0 where the index does not say.</param>
/// <param name="Reason">Who asked for it, in words: <c>asked for</c>, <c>essential</c>, <c>update of gcc 4:12.1.0-1</c> or <c>needed by gcc 4:12.2.0-3 (gcc-12)</c>.</param>
public sealed record ResolvedPackage(
    string Name, string Version, string Architecture, string Repository, string Location, Digest Digest, long Size, string Reason)
{
    /// <summary>Bytes it takes when installed, as its index or the package itself says; 0 where neither does.</summary>
    public long InstalledSize { get; init; }
}

/// <summary>An installed package that goes away.</summary>
/// <param name="Reason">In words: <c>removed</c>, or <c>replaced by b 2</c>.</param>
public sealed record RemovedPackage(string Name, string Version, string Architecture, string Reason);
