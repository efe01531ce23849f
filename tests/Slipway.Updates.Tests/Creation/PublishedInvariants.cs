using Slipway.Content;

namespace Slipway.Updates.Tests.Creation;

/// <summary>What must hold of everything that is published, whatever the input was.</summary>
internal sealed class PublishedInvariants(TestRelease os, IReadOnlyList<uint> versions)
{
    public void Check()
    {
        foreach (var version in versions)
        {
            var mom = os.Read(version, Manifest.MoM);
            Assert.Equal(mom.ToBytes(), FromTar($"{version}/Manifest.MoM.tar", "Manifest.MoM"));
            foreach (var row in mom.Records) CheckBundle(row);
        }
        foreach (var pack in versions.SelectMany(v => Directory.GetFiles(os.Published($"{v}"), "pack-*.tar"))) CheckPack(pack);
        foreach (var delta in versions.SelectMany(v => Directory.GetFiles(os.Published($"{v}"), "Manifest-*-delta-from-*"))) CheckManifestDelta(delta);
    }

    private void CheckBundle(ManifestRecord row)
    {
        var name = row.Name.ToString();
        Assert.Equal(row.Hash, SwupdHash.OfManifest(File.ReadAllBytes(os.Published($"{row.Version}/Manifest.{name}"))));
        Assert.Equal(row.Hash, SwupdHash.OfManifest(FromTar($"{row.Version}/Manifest.{name}.tar", $"Manifest.{name}")));
        var manifest = os.Read(row.Version, name);
        foreach (var record in manifest.Records.Where(r => r.IsPresent)) CheckFullfile(record);
        Assert.Equal(manifest.Records.Where(r => r.IsPresent).Select(r => $"staged/{r.Hash}").Distinct().Order(StringComparer.Ordinal),
            PackReader.Read(os.Published($"{row.Version}/pack-{name}-from-0.tar")).Select(m => m.Name.TrimEnd('/')).Where(n => n.Length > 10).Order(StringComparer.Ordinal));
    }

    private void CheckFullfile(ManifestRecord record)
    {
        var item = Fullfile.Describe(os.Published($"{record.Version}/files/{record.Hash}.tar"), record.Hash);
        Assert.Equal(record.Hash.ToString(), PackReader.HashOf(item));
    }

    /// <summary>Whoever has the older manifest's files and this pack has the newer one's, but for what always comes as full files.</summary>
    private void CheckPack(string file)
    {
        var parts = Path.GetFileNameWithoutExtension(file)["pack-".Length..].Split("-from-");
        var version = uint.Parse(Path.GetFileName(Path.GetDirectoryName(file)!), System.Globalization.CultureInfo.InvariantCulture);
        if (parts[1] == "0") return;
        var from = os.Read(uint.Parse(parts[1], System.Globalization.CultureInfo.InvariantCulture), parts[0]);
        var members = PackReader.Read(file);
        Assert.Equal(members.Count, members.Select(m => m.Name).Distinct().Count());
        var had = from.Records.Where(r => r.IsPresent).Select(r => r.Hash.ToString()).ToHashSet();
        var brought = members.Select(m => m.Name.TrimEnd('/')).Where(n => n.Contains('/', StringComparison.Ordinal)).Select(n => n[^64..]).ToHashSet();
        foreach (var delta in members.Where(m => m.Name.StartsWith("delta/1", StringComparison.Ordinal)))
            Assert.Equal(delta.Content, File.ReadAllBytes(os.Published($"{FullVersion(delta.Name, version)}/{delta.Name}")));
        foreach (var record in os.Read(version, parts[0]).Records.Where(r => r.IsPresent && !r.Modifier.NeverInDeltaPacks))
            Assert.True(had.Contains(record.Hash.ToString()) || brought.Contains(record.Hash.ToString()), $"{file} lacks {record.Name}");
    }

    private uint FullVersion(string delta, uint version) =>
        versions.First(v => File.Exists(os.Published($"{v}/{delta}")) && v <= version);

    private void CheckManifestDelta(string file)
    {
        var parts = Path.GetFileName(file)["Manifest-".Length..].Split("-delta-from-");
        var made = DeltaDecoder.Apply(File.ReadAllBytes(file), File.ReadAllBytes(os.Published($"{parts[1]}/Manifest.{parts[0]}")), file);
        Assert.Equal(File.ReadAllBytes(Path.Combine(Path.GetDirectoryName(file)!, "Manifest." + parts[0])), made);
    }

    private byte[] FromTar(string file, string member)
    {
        using var tar = new TarReader(Compressor.DecompressDetected(File.OpenRead(os.Published(file))));
        var entry = tar.Next()!;
        Assert.Equal((member, 420, 0u, 0u), (entry.Name.ToString(), entry.Mode, entry.Uid, entry.Gid));
        var content = new MemoryStream();
        tar.Content.CopyTo(content);
        return content.ToArray();
    }
}
