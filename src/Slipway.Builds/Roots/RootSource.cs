using System.Diagnostics;
using Slipway.Content;
using Slipway.Packages;
using Slipway.Packages.Mirrors;

namespace Slipway.Builds.Roots;

/// <summary>What a root's packages are found in: the machine's own package sources, or repositories that a dist names.</summary>
internal interface IRootSource
{
    /// <summary>Of what type the packages are that the root is made of, whatever is built in it.</summary>
    PackageType Type { get; }

    /// <summary>Settles on what there is now.</summary>
    /// <returns>Changes with any package list.</returns>
    Task<Digest> SettleAsync(CancellationToken cancellation);

    SolverPool OpenSolver();

    /// <summary>Fetches into the store what it has not.</summary>
    Task FetchAsync(IEnumerable<ResolvedPackage> packages, CancellationToken cancellation);
}

/// <summary>The machine's own apt sources.</summary>
internal sealed class HostSource(HostApt apt) : IRootSource
{
    internal static readonly TimeSpan IndexAge = TimeSpan.FromDays(1);

    private static readonly TimeSpan WorldAge = TimeSpan.FromMinutes(1);

    private readonly Lock _gate = new();
    private (Digest Fingerprint, long Asked)? _world;

    /// <summary>True: nothing is fetched.</summary>
    internal bool Offline { get; init; }

    public PackageType Type => PackageType.Deb;

    public SolverPool OpenSolver() => apt.OpenSolver();

    public Task FetchAsync(IEnumerable<ResolvedPackage> packages, CancellationToken cancellation) => Task.Run(() => apt.Fetch(packages, cancellation), cancellation);

    public Task<Digest> SettleAsync(CancellationToken cancellation) => Task.Run(() => Settle(cancellation), cancellation);

    // Many builds begin within one minute, and asking apt takes longer than all else that a known root needs.
    private Digest Settle(CancellationToken cancellation)
    {
        lock (_gate)
        {
            if (_world is { } known && Stopwatch.GetElapsedTime(known.Asked) < WorldAge)
                return known.Fingerprint;
        }
        if (!Offline)
            apt.Update(IndexAge, cancellation);
        else if (apt.BinaryIndexes().Count == 0)
            throw new SlipwayException("Cannot resolve what the build needs", "this machine has no package lists yet", "build once without --offline") { Kind = FailureKind.Unreachable };
        var fingerprint = apt.Fingerprint();
        lock (_gate)
            _world = (fingerprint, Stopwatch.GetTimestamp());
        return fingerprint;
    }
}

/// <summary>The repositories that a dist or a kiwi description names.</summary>
internal sealed class NamedSource(UpstreamRepositories repositories, bool offline) : IRootSource
{
    public PackageType Type => repositories.Type;

    public Task<Digest> SettleAsync(CancellationToken cancellation) => repositories.SettleAsync(offline ? null : HostSource.IndexAge, cancellation);

    public SolverPool OpenSolver() => repositories.Open();

    public Task FetchAsync(IEnumerable<ResolvedPackage> packages, CancellationToken cancellation) => repositories.FetchAsync(packages, cancellation);
}

/// <summary>Opens what repositories by name hold; all of them keep their indexes at one place.</summary>
internal sealed class NamedSources(HttpClient http, ContentStore store, string directory, bool offline)
{
    internal NamedSource Of(IReadOnlyList<UpstreamRepository> repositories, string architecture)
    {
        var isDeb = repositories[0].Source.Type == PackageType.Deb;
        var own = isDeb ? Architectures.Deb(architecture) : architecture;
        IReadOnlyList<UpstreamRepository> known = isDeb ? [.. repositories.Select(r => r with { Source = r.Source with { Architectures = [own] } })] : repositories;
        return new(new UpstreamRepositories(known, own, http, store, directory, TimeProvider.System), offline);
    }
}
