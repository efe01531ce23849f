namespace Slipway.Releases.Configuration;

/// <summary>How versions are numbered. Numbers only grow; none is used twice, whatever became of it.</summary>
/// <param name="First">The first version, and where numbers start while a needed provider has no snapshot yet.</param>
/// <param name="Then">The first version with everything.</param>
/// <param name="Step">The distance of later versions.</param>
public sealed record VersionScheme(uint First, uint Then, uint Step)
{
    /// <summary>The number after <paramref name="last"/> (0 for none), or null when numbers are used up.</summary>
    /// <param name="complete">True when no bundle is left out for want of its provider.</param>
    public uint? Next(uint last, bool complete)
    {
        var next = (complete, last) switch
        {
            (false, 0) => (ulong)First,
            // Until everything is there, versions stay below the first whole one as long as there is room.
            (false, _) when last + 1UL < Then => last + 1UL,
            (true, _) when last < Then => Then,
            _ => (ulong)last + Step,
        };
        return next <= uint.MaxValue ? (uint)next : null;
    }
}
