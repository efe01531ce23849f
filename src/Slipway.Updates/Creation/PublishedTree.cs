using System.Globalization;
using Slipway.Content;

namespace Slipway.Updates;

/// <summary>The directory www: where each thing of a version is, and the manifests that are there.</summary>
internal sealed class PublishedTree(string root)
{
    private readonly System.Collections.Concurrent.ConcurrentDictionary<string, Lazy<Manifest?>> _manifests = new(StringComparer.Ordinal);

    public string Root { get; } = root;

    public string VersionDirectory(uint version) => Path.Combine(Root, version.ToString(CultureInfo.InvariantCulture));

    public string ManifestFile(uint version, string name) => Path.Combine(VersionDirectory(version), "Manifest." + name);

    public string FilesDirectory(uint version) => Path.Combine(VersionDirectory(version), "files");

    public string Fullfile(uint version, SwupdHash hash) => Path.Combine(FilesDirectory(version), hash + ".tar");

    public string DeltaDirectory(uint version) => Path.Combine(VersionDirectory(version), "delta");

    public string Delta(DeltaPair pair) => Path.Combine(DeltaDirectory(pair.To.Version), pair.Name);

    public string Pack(uint version, string bundle, uint from) =>
        Path.Combine(VersionDirectory(version), string.Create(CultureInfo.InvariantCulture, $"pack-{bundle}-from-{from}.tar"));

    public string ManifestDelta(uint version, string bundle, uint from) =>
        Path.Combine(VersionDirectory(version), string.Create(CultureInfo.InvariantCulture, $"Manifest-{bundle}-delta-from-{from}"));

    /// <summary>A published manifest, read once; null when there is none.</summary>
    public Manifest? TryRead(uint version, string name) =>
        version == 0 ? null : _manifests.GetOrAdd(ManifestFile(version, name), _ => new Lazy<Manifest?>(() => Load(version, name))).Value;

    public Manifest Read(uint version, string name) => TryRead(version, name)
        ?? throw new SlipwayException($"cannot read {ManifestFile(version, name)}", "it does not exist",
            "keep the manifests of every version that updates start from");

    /// <summary>Makes the tree give this manifest for its version.</summary>
    public void Remember(Manifest manifest) =>
        _manifests[ManifestFile(manifest.Version, manifest.Name)] = new Lazy<Manifest?>(() => manifest);

    private Manifest? Load(uint version, string name)
    {
        var file = ManifestFile(version, name);
        return File.Exists(file) ? Manifest.Parse(File.ReadAllBytes(file), name, ManifestLimits.Server, version) : null;
    }
}
