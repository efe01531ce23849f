using System.Collections.Concurrent;
using Slipway.Content;
using Slipway.Packages;
using Slipway.Packages.Mirrors;
using Slipway.Packages.Repositories;
using Slipway.Releases.Configuration;
using Slipway.Releases.Koji;
using Slipway.Releases.Watching;

namespace Slipway.Releases.Providers;

/// <summary>Makes the sources that a stream's configuration names.</summary>
/// <param name="apt">The machine's own distribution.</param>
public sealed class SourceFactory(HostApt apt, RepositoryStore repositories, ContentStore store, HttpClient http, string cache, TimeProvider clock)
{
    private static readonly TimeSpan s_indexAge = TimeSpan.FromMinutes(10);
    private readonly ConcurrentDictionary<KojiProfile, HttpClient> _hubs = new();

    public StreamSources Of(StreamConfig stream) => new(
        stream.Upstream.Packages,
        Architecture(stream.Upstream.Packages),
        Upstream(stream),
        [.. stream.Providers.Select(p => (p.Name, Provider(stream, p)))],
        Path.Combine(cache, "solv"));

    private string Architecture(PackageType type) => type == PackageType.Deb ? apt.Architecture : "x86_64";

    private IContentProvider? Upstream(StreamConfig stream)
    {
        var upstream = stream.Upstream;
        return upstream switch
        {
            { Type: "none" } => null,
            { Type: "apt", Sources: "host" } => new AptUpstream(apt, s_indexAge),
            { Type: "stream" } => new StreamUpstream(upstream, Architecture(upstream.Packages), http, store, Path.Combine(cache, "upstreams", stream.Name), clock),
            _ => Remote(stream, upstream.Type, InputKind.Upstream, 0, new MirrorSource
            {
                Type = upstream.Packages,
                Url = upstream.Url!,
                Keys = upstream.Trust,
                Suite = upstream.Suite,
                Components = upstream.Components ?? ["main"],
            }),
        };
    }

    private IContentProvider Provider(StreamConfig stream, ProviderConfig provider) => provider.Type switch
    {
        "directory" => new DirectoryProvider(provider.Name, InputKind.Provider, provider.Url!, stream.Upstream.Packages, provider.Priority, store),
        "remote" => Remote(stream, provider.Name, InputKind.Provider, provider.Priority, new MirrorSource
        {
            Type = stream.Upstream.Packages,
            Url = provider.Url!,
            Keys = provider.Trust,
            Suite = provider.Suite,
            Components = provider.Components ?? ["main"],
        }),
        "koji" => Koji(provider),
        _ => new SnapshotProvider(provider, repositories, store),
    };

    private KojiProvider Koji(ProviderConfig provider)
    {
        var profile = KojiConnection.Profile(provider.Profile);
        var connection = _hubs.GetOrAdd(profile, KojiConnection.Connect);
        return new KojiProvider(provider.Name, new KojiHub(connection, profile, clock), profile.TopUrl, provider.Tag, [Architecture(PackageType.Rpm), "noarch"], provider.Priority, connection, store, Path.Combine(cache, "koji", provider.Profile));
    }

    private RemoteProvider Remote(StreamConfig stream, string name, InputKind kind, int priority, MirrorSource source) => new(name, kind,
        new UpstreamRepositories([new UpstreamRepository($"remote:{name}", source, priority)], Architecture(source.Type), http, store, Path.Combine(cache, "remotes", stream.Name), clock), s_indexAge);
}
