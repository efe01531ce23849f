using Slipway.Releases.Planning;

namespace Slipway.Releases.Configuration;

public enum UpstreamPolicyKind
{
    /// <summary>The upstream's newest version.</summary>
    Follow,

    /// <summary>One version.</summary>
    Pin,

    /// <summary>So many versions behind the newest.</summary>
    Lag,

    /// <summary>The newest up to a number.</summary>
    Max,

    /// <summary>The version that the stream is made from now.</summary>
    Hold,
}

/// <summary>Which version of a numbered upstream a stream is made from.</summary>
/// <param name="Number">Of pin and max: a version; of lag: how many versions; else 0.</param>
public sealed record UpstreamPolicy(UpstreamPolicyKind Kind, uint Number = 0)
{
    public static UpstreamPolicy Follow { get; } = new(UpstreamPolicyKind.Follow);

    /// <summary>The chosen version; null when the upstream has none that the policy allows.</summary>
    /// <param name="now">What the stream is made from now; 0 before its first version.</param>
    public UpstreamVersion? Choose(UpstreamVersions upstream, uint now) => Kind switch
    {
        UpstreamPolicyKind.Pin => upstream.Find(Number),
        UpstreamPolicyKind.Lag => upstream.Known.Skip((int)Math.Min(Number, int.MaxValue)).FirstOrDefault(),
        UpstreamPolicyKind.Max => upstream.Known.FirstOrDefault(v => v.Version <= Number),
        UpstreamPolicyKind.Hold when now > 0 => upstream.Find(now),
        _ => upstream.Known is [var newest, ..] ? newest : null,
    };

    public override string ToString() => Kind is UpstreamPolicyKind.Follow or UpstreamPolicyKind.Hold ? Kind.ToString().ToLowerInvariant() : $"{Kind.ToString().ToLowerInvariant()} {Number}";
}
