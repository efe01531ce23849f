namespace Slipway.Updates.Device;

/// <summary>A version as a device knows it: its verified manifest of manifests, and those of the bundles it needs.</summary>
internal sealed class Release(Manifest mom, IReadOnlyDictionary<string, Manifest> bundles)
{
    /// <summary>The empty root: no version, no bundle.</summary>
    public static Release? None => null;

    public Manifest Mom => mom;

    public uint Version => mom.Version;

    /// <summary>The loaded bundles by name.</summary>
    public IReadOnlyDictionary<string, Manifest> Bundles => bundles;

    public IReadOnlyList<string> BundleNames => [.. bundles.Keys.Order(StringComparer.Ordinal)];

    public ManifestRecord? RecordOf(string bundle) => Find(mom, bundle);

    public static ManifestRecord? Find(Manifest mom, string bundle) =>
        mom.Records.FirstOrDefault(record => record.IsPresent && record.Name.Length == bundle.Length && record.Name.ToString() == bundle);
}
