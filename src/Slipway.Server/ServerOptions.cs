using Slipway.Builds;
using Slipway.Packages;
using Slipway.Packages.Mirrors;
using Slipway.Packages.Repositories;
using Slipway.Packages.Signing;
using Slipway.Releases;
using Slipway.Releases.Adoption;
using Slipway.Releases.Publishing;
using Slipway.Releases.Tracing;
using Slipway.Releases.Watching;
using Slipway.Server.Storage;
using Slipway.State;

namespace Slipway.Server;

/// <summary>How the server listens.</summary>
public sealed record ServerOptions
{
    /// <summary>The port on 127.0.0.1; 0 is any that is free.</summary>
    public int Port { get; init; } = 8080;

    /// <summary>The version of Slipway, as the API and the dashboard state it.</summary>
    public string Version { get; init; } = typeof(ServerOptions).Assembly.GetName().Version?.ToString(3) ?? "0";
}

/// <summary>The service's side of runners on other machines.</summary>
public sealed record RunnerParts(RunnerDesk Desk, RunnerKeys Keys, RunnerUploads Uploads, PublishedContent Published);

/// <summary>What the server shows and acts on.</summary>
public sealed record ServerParts
{
    /// <summary>The data directory; its published repositories and streams are served as files.</summary>
    public required DataDirectory Data { get; init; }

    /// <summary>The service's database, with <see cref="Devices.ServerMigrations"/> applied.</summary>
    public required Database Database { get; init; }

    /// <summary>Requests and builds.</summary>
    public required BuildQueries Builds { get; init; }

    /// <summary>What runners on other machines ask and say.</summary>
    public required RunnerParts Runners { get; init; }

    /// <summary>What is known of the last build of a target, as messages say it.</summary>
    public required InfoAnswers Info { get; init; }

    /// <summary>What people may ask of the build service.</summary>
    public required BuildActions BuildActions { get; init; }

    /// <summary>Package repositories.</summary>
    public required RepositoryStore Repositories { get; init; }

    /// <summary>Reads upstream repositories.</summary>
    public required MirrorReader Mirrors { get; init; }

    /// <summary>The process that holds the keys.</summary>
    public required SignerClient Signer { get; init; }

    /// <summary>What takes space, and freeing it.</summary>
    public required GarbageCollection Garbage { get; init; }

    /// <summary>Adds to a solver what clients of a snapshot's repository have beside it: the distribution. Unset: nothing.</summary>
    public Action<Snapshot, SolverPool> Surround { get; init; } = (_, _) => { };

    /// <summary>Streams, releases and channels.</summary>
    public required ReleaseQueries Releases { get; init; }

    /// <summary>What release engineers do.</summary>
    public required ReleaseOperations ReleaseOperations { get; init; }

    /// <summary>Takes over streams that something else made; unset where another process does.</summary>
    public StreamAdoption? Adoption { get; init; }

    /// <summary>Where files come from and commits go to.</summary>
    public required ReleaseTrace Trace { get; init; }

    /// <summary>Plans the next release on demand; unset where another process does.</summary>
    public ReleasePlanner? Planner { get; init; }
}
