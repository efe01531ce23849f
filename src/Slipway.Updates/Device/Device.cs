namespace Slipway.Updates.Device;

/// <summary>A root that is installed and kept up to date from published content (format 2).</summary>
public sealed class Device(DeviceOptions options)
{
    /// <summary>Fills a root with a release and the given bundles; os-core and what they include always come along.</summary>
    /// <param name="version">The release; null takes the one the version pointer names.</param>
    /// <param name="bundles">Bundles besides os-core.</param>
    /// <param name="cancel">Ends the operation; a later run goes on where it stopped.</param>
    public Task<DeviceResult> InstallAsync(uint? version, IReadOnlyList<string> bundles, CancellationToken cancel = default) =>
        throw new NotImplementedException();

    /// <summary>Brings the root to a newer release.</summary>
    /// <param name="to">The release; null takes the one the version pointer names.</param>
    /// <param name="cancel">Ends the operation; a later run goes on where it stopped.</param>
    public Task<DeviceResult> UpdateAsync(uint? to, CancellationToken cancel = default) => throw new NotImplementedException();

    /// <summary>Compares every path of the root with its release; changes nothing.</summary>
    public Task<DeviceVerification> VerifyAsync(CancellationToken cancel = default) => throw new NotImplementedException();

    /// <summary>Mends what <see cref="VerifyAsync"/> finds.</summary>
    public Task<DeviceResult> RepairAsync(CancellationToken cancel = default) => throw new NotImplementedException();

    /// <summary>Adds bundles of the installed release.</summary>
    public Task<DeviceResult> BundleAddAsync(IReadOnlyList<string> bundles, CancellationToken cancel = default) => throw new NotImplementedException();

    /// <summary>Removes bundles; refused while an installed bundle needs one of them.</summary>
    public Task<DeviceResult> BundleRemoveAsync(IReadOnlyList<string> bundles, CancellationToken cancel = default) => throw new NotImplementedException();

    /// <summary>The bundles of the installed release, sorted by name.</summary>
    /// <param name="all">False leaves out those that are not installed.</param>
    /// <param name="cancel">Ends the operation.</param>
    public Task<IReadOnlyList<DeviceBundle>> BundleListAsync(bool all, CancellationToken cancel = default) => throw new NotImplementedException();

    /// <summary>Asks the version pointer whether there is something newer; changes nothing.</summary>
    public Task<DeviceCheck> CheckAsync(CancellationToken cancel = default) => throw new NotImplementedException();

    /// <summary>Files of the installed release, of all its bundles, whose path contains the text.</summary>
    public Task<IReadOnlyList<FoundFile>> SearchAsync(string text, CancellationToken cancel = default) => throw new NotImplementedException();

    /// <summary>What the root says of itself; asks no server.</summary>
    public DeviceDescription Describe() => throw new NotImplementedException(options.Path);
}
