using Slipway.Content;
using Slipway.Updates;

namespace Slipway.Releases.Publishing;

/// <summary>The manifests of a version and every file that a device may ask for on their word.</summary>
public sealed class ReleaseClosure
{
    private readonly string _www;

    private ReleaseClosure(string www, Manifest mom, IReadOnlyList<Manifest> bundles)
    {
        _www = www;
        Mom = mom;
        Bundles = bundles;
    }

    public Manifest Mom { get; }

    public IReadOnlyList<Manifest> Bundles { get; }

    /// <summary>The versions whose directories hold manifests or files of this version, itself among them.</summary>
    public IReadOnlyList<uint> Versions => [.. Bundles.SelectMany(b => b.Records.Where(r => r.IsPresent).Select(r => r.Version))
        .Concat(Mom.Records.Select(r => r.Version)).Append(Mom.Version).Distinct().Order()];

    /// <summary>Reads the MoM and its manifests, each checked against the MoM's hash.</summary>
    public static ReleaseClosure Read(string www, uint version)
    {
        var mom = Manifest.Parse(Bytes(www, version, "Manifest.MoM"), Manifest.MoM, version: version);
        var bundles = new List<Manifest>();
        foreach (var record in mom.Records.Where(r => r.IsPresent))
        {
            var name = record.Name.ToString();
            var text = Bytes(www, record.Version, $"Manifest.{name}");
            if (SwupdHash.OfManifest(text) != record.Hash)
                throw new SlipwayException($"check version {version}", $"{record.Version}/Manifest.{name} is not the one that Manifest.MoM names", "make the version again");
            bundles.Add(Manifest.Parse(text, name, version: record.Version));
        }
        return new ReleaseClosure(www, mom, bundles);
    }

    /// <summary>Files that the manifests name and that are not there: nothing may point to a version with any.</summary>
    public IReadOnlyList<string> Missing()
    {
        var missing = new List<string>();
        void Need(string path)
        {
            if (!File.Exists(Path.Combine(_www, path)))
                missing.Add(path);
        }
        Need($"{Mom.Version}/Manifest.MoM.sig");
        Need($"{Mom.Version}/Manifest.MoM.tar");
        foreach (var record in Mom.Records.Where(r => r.IsPresent))
            Need($"{record.Version}/Manifest.{record.Name}.tar");
        foreach (var (version, hash) in Bundles.SelectMany(b => b.Records).Where(r => r.IsPresent).Select(r => (r.Version, r.Hash)).Distinct())
            Need($"{version}/files/{hash}.tar");
        return missing;
    }

    private static byte[] Bytes(string www, uint version, string file)
    {
        try
        {
            return File.ReadAllBytes(Path.Combine(www, StreamPlaces.Text(version), file));
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new SlipwayException($"check version {version}", $"{file} is missing", "make the version again", e);
        }
    }
}
