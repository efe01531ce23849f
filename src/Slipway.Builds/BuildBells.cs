using Slipway.State;

namespace Slipway.Builds;

/// <summary>The doorbells by which the roles of the build service wake each other; each role waits on its own.</summary>
public sealed class BuildBells(DataDirectory data)
{
    /// <summary>Somebody pushed; the hook of a source repository touches the file.</summary>
    public Doorbell Sources { get; } = data.Doorbell("sources");

    /// <summary>A request was published.</summary>
    public Doorbell Requests { get; } = data.Doorbell("requests");

    /// <summary>Something may be built now.</summary>
    public Doorbell Runner { get; } = data.Doorbell("runner");

    /// <summary>Rung with <see cref="Runner"/>: another waiter on the same bell.</summary>
    public Doorbell Bases { get; } = data.Doorbell("runner");

    /// <summary>A build ended.</summary>
    public Doorbell Collect { get; } = data.Doorbell("collect");

    /// <summary>A repository has a new snapshot; the watcher of releases waits on it.</summary>
    public Doorbell Releases { get; } = data.Doorbell("releases");
}
