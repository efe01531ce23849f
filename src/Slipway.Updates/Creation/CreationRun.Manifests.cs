using System.Text;
using Slipway.Content;

namespace Slipway.Updates;

internal sealed partial class CreationRun
{
    private void WriteManifests(ManifestPlan plan)
    {
        if (!IsEqual(_published.ManifestFile(_options.Version, Manifest.MoM), plan.MoM.ToBytes())) RemoveMoM();
        RemoveStale(plan);
        var manifests = plan.Bundles.Append((Manifest: plan.Full, Text: plan.Full.ToBytes())).OrderByDescending(m => m.Text.Length).ToList();
        var written = new System.Collections.Concurrent.ConcurrentDictionary<string, bool>(StringComparer.Ordinal);
        Parallel.ForEach(manifests, Parallelism, m => written[m.Manifest.Name] = WriteManifest(m.Manifest, m.Text));
        _cache.Commit();
        foreach (var (manifest, _) in plan.Bundles.OrderBy(b => b.Manifest.Name, StringComparer.Ordinal))
            Explain($"bundle {manifest.Name}: computed, {manifest.Records.Count(r => r.Version == _options.Version)} of {manifest.Records.Count} records "
                + $"are of this version; manifest {(written[manifest.Name] ? "written" : "kept")}");
        foreach (var row in plan.MoM.Records.Where(r => r.Version != _options.Version))
            Explain($"bundle {row.Name}: unchanged since version {row.Version}; {(_reused.Contains(row.Name.ToString()) ? "same input, not computed" : "computed")}");
    }

    /// <summary>True when it was not there with these bytes.</summary>
    private bool WriteManifest(Manifest manifest, byte[] text)
    {
        _published.Remember(manifest);
        var file = _published.ManifestFile(manifest.Version, manifest.Name);
        if (IsEqual(file, text) && File.Exists(file + ".tar")) return false;
        // What was made for other bytes of this manifest must not be taken for its own.
        RemoveMadeFrom(manifest.Name);
        _cache.Add(file + ".tar", ManifestTar((manifest.FileName, text)));
        _cache.Add(file, text);
        return true;
    }

    private byte[] ManifestTar(params (string Name, byte[] Content)[] members)
    {
        const int mode = 420; // 0644: the mode takes part in the hash that the MoM names
        var target = new MemoryStream();
        var codec = CodecTable.Choose(_rules, ContentKind.Manifest, ContentShape.Other, members.Sum(m => m.Content.Length))[0];
        using (var stream = Compressor.Compress(target, codec.Kind, codec.Options, leaveOpen: true))
        using (var tar = new TarWriter(stream, leaveOpen: true))
        {
            foreach (var (name, content) in members)
                tar.Add(new TarEntry { Name = BytePath.From(name), Type = NodeType.Regular, Mode = mode }, content);
            tar.Finish();
        }

        return target.ToArray();
    }

    /// <summary>While what it names is being replaced, no MoM may name it.</summary>
    private void RemoveMoM()
    {
        var file = _published.ManifestFile(_options.Version, Manifest.MoM);
        foreach (var gone in (string[])[file, file + ".tar", file + ".sig"]) File.Delete(gone);
    }

    /// <summary>An earlier run of this version with other input may have left bundles that are not of this version now.</summary>
    private void RemoveStale(ManifestPlan plan)
    {
        var current = plan.Bundles.Select(b => b.Manifest.Name).Append(Manifest.Full).Append(Manifest.MoM).ToHashSet(StringComparer.Ordinal);
        var directory = _published.VersionDirectory(_options.Version);
        foreach (var half in Directory.EnumerateFiles(directory).Where(f => Path.GetFileName(f)[0] == '.').ToList()) File.Delete(half);
        foreach (var name in Directory.EnumerateFiles(directory, "Manifest.*").Select(f => Path.GetFileName(f)!["Manifest.".Length..]).ToList())
        {
            var bundle = name.EndsWith(".tar", StringComparison.Ordinal) ? name[..^4] : name.EndsWith(".sig", StringComparison.Ordinal) ? name[..^4] : name;
            if (current.Contains(bundle)) continue;
            RemoveMadeFrom(bundle);
            File.Delete(Path.Combine(directory, "Manifest." + name));
        }
    }

    private void RemoveMadeFrom(string bundle)
    {
        var directory = _published.VersionDirectory(_options.Version);
        foreach (var file in Directory.EnumerateFiles(directory, $"pack-{bundle}-from-*.tar")
            .Concat(Directory.EnumerateFiles(directory, $"Manifest-{bundle}-delta-from-*")).ToList()) File.Delete(file);
    }

    /// <summary>The last step: signature, MoM, its tar, format, and then the pointers that devices follow.</summary>
    private void Publish(ManifestPlan plan)
    {
        var file = _published.ManifestFile(_options.Version, Manifest.MoM);
        var text = plan.MoM.ToBytes();
        _published.Remember(plan.MoM);
        var signature = file + ".sig";
        if (!IsEqual(file, text) || !File.Exists(file + ".tar") || File.Exists(signature) != _options.Sign is not null)
        {
            var signed = _options.Sign?.Invoke(text);
            File.Delete(signature);
            _cache.Add(file + ".tar", signed is null
                ? ManifestTar(("Manifest.MoM", text))
                : ManifestTar(("Manifest.MoM", text), ("Manifest.MoM.sig", signed)));
            if (signed is not null) _cache.Add(signature, signed);
            _cache.Commit();
            _cache.Add(file, text);
        }

        var format = Path.Combine(_published.VersionDirectory(_options.Version), "format");
        if (!IsEqual(format, Ascii(_options.Format))) _cache.Add(format, Ascii(_options.Format));
        Directory.CreateDirectory(_published.DeltaDirectory(_options.Version));
        _cache.Commit();
        _cache.Sync();
        if (_options.WritePointers) VersionPointers.Write(_published.Root, _options.Version, _options.Format, _options.Sign, Warn);
    }

    private static byte[] Ascii(long number) => Encoding.ASCII.GetBytes(number.ToString(System.Globalization.CultureInfo.InvariantCulture));

    private static bool IsEqual(string file, ReadOnlySpan<byte> content) =>
        File.Exists(file) && new FileInfo(file).Length == content.Length && content.SequenceEqual(File.ReadAllBytes(file));
}
