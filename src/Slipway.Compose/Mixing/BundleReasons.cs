using Slipway.Content;

namespace Slipway.Compose.Mixing;

/// <summary>A package of a bundle, the bundle that brings it first, and who asked for it.</summary>
public sealed record BundleReason(string Name, string Version, string Repository, string Bundle, string Reason);

/// <summary>Says why a bundle installs what it installs.</summary>
public static class BundleReasons
{
    /// <param name="package">Only the chain that leads to this package. Unset: all packages, in name order.</param>
    public static IReadOnlyList<BundleReason> Of(ResolvedMix mix, string bundle, string? package)
    {
        var resolved = mix.Resolved.FirstOrDefault(b => b.Name == bundle)
            ?? throw new SlipwayException($"explain the bundle {bundle}", "it is not in the mix", $"one of {string.Join(", ", mix.Resolved.Select(b => b.Name).Take(20))}") { Kind = FailureKind.Usage };
        var all = resolved.Packages.Select(p => Reason(mix, bundle, p)).ToList();
        if (package is null)
            return all;
        var chain = new List<BundleReason>();
        var at = all.Find(r => r.Name == package)
            ?? throw new SlipwayException($"explain {package} in {bundle}", "the bundle does not install it", $"slipway mix bundle explain {bundle}") { Kind = FailureKind.Usage };
        while (!chain.Contains(at))
        {
            chain.Add(at);
            // "needed by gcc 4:12.2.0-3 (gcc-12)" names who needs it; everything else ends the chain.
            var words = at.Reason.Split(' ');
            if (words is not ["needed", "by", var needing, ..] || all.Find(r => r.Name == needing) is not { } next)
                break;
            at = next;
        }
        return chain;
    }

    private static BundleReason Reason(ResolvedMix mix, string bundle, Packages.ResolvedPackage package)
    {
        // Of the includes, the deepest one that has it: it would come even without the others.
        var first = mix.Bundles.IncludedWith(bundle).Select(b => mix.Resolved.First(r => r.Name == b.Name)).LastOrDefault(r => r.Packages.Any(p => p.Digest == package.Digest));
        var reason = first?.Packages.First(p => p.Digest == package.Digest).Reason ?? package.Reason;
        return new BundleReason(package.Name, package.Version, package.Repository, first?.Name ?? bundle, reason == "also needed" ? "included" : reason);
    }
}
