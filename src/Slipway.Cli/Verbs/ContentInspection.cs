using System.Globalization;
using System.Security.Cryptography;
using System.Security.Cryptography.Pkcs;
using Slipway.Content;
using Slipway.Updates;

namespace Slipway.Cli.Verbs;

/// <summary>Says what a file or directory of update content is and holds: one object, as it is printed.</summary>
internal static class ContentInspection
{
    private const long MaxFileBytes = 1L << 30;
    private static readonly TarLimits Limits = new() { MaxTotalBytes = 64L << 30 };

    public static object Tree(string directory)
    {
        var root = PublishedVersion.RootOf(directory);
        var pointers = Path.Combine(root, "version");
        return new
        {
            kind = "published content",
            root,
            versions = Directory.EnumerateDirectories(root).Select(d => Number(Path.GetFileName(d))).OfType<uint>().Where(v => v > 0).Order()
                .Select(v => new { version = v, format = Text(Path.Combine(root, $"{v}", "format")), complete = File.Exists(Path.Combine(root, $"{v}", "Manifest.MoM.tar")) }),
            pointers = !Directory.Exists(pointers) ? [] : Directory.EnumerateFiles(pointers, "lat*", SearchOption.AllDirectories)
                .Where(f => !f.EndsWith(".sig", StringComparison.Ordinal)).Order(StringComparer.Ordinal)
                .Select(f => new { pointer = Path.GetRelativePath(root, f), version = Text(f), signed = File.Exists(f + ".sig") }).ToArray(),
        };
    }

    public static object Version(PublishedVersion version) => new
    {
        kind = "version",
        version = version.Version,
        format = version.MoM.Format,
        previous = version.MoM.Previous,
        minVersion = version.MoM.MinVersion,
        timestamp = version.MoM.Timestamp,
        bundles = version.Bundles.Select(b => new
        {
            bundle = b.Name,
            changedIn = b.Version,
            paths = b.Records.Count(r => r.IsPresent),
            deleted = b.Records.Count(r => !r.IsPresent),
            ofThisVersion = b.Records.Count(r => r.Version == version.Version),
            bytes = b.ContentSize,
            includes = b.Includes,
        }),
    };

    public static object OfFile(string file)
    {
        var name = Path.GetFileName(file);
        if (new FileInfo(file).Length > MaxFileBytes) return Members(file);
        var bytes = File.ReadAllBytes(file);
        if (name.EndsWith(".sig", StringComparison.Ordinal)) return Signature(file, bytes);
        if (bytes.AsSpan().StartsWith("BSDIFF4"u8) || bytes.AsSpan().StartsWith("FULLV20U"u8)) return Delta(DeltaHeader.Read(bytes, name), bytes.Length);
        return bytes.AsSpan().StartsWith("MANIFEST\t"u8)
            ? Head(Manifest.Parse(bytes, name.StartsWith("Manifest.", StringComparison.Ordinal) ? name["Manifest.".Length..] : name))
            : Members(file);
    }

    private static object Head(Manifest manifest) => new
    {
        kind = "manifest",
        name = manifest.Name,
        format = manifest.Format,
        version = manifest.Version,
        previous = manifest.Previous,
        minVersion = manifest.MinVersion,
        fileCount = manifest.FileCount,
        timestamp = manifest.Timestamp,
        contentSize = manifest.ContentSize,
        includes = manifest.Includes,
        alsoAdd = manifest.AlsoAdd,
        hash = SwupdHash.OfManifest(manifest.ToBytes()).ToString(),
        records = manifest.Records.GroupBy(r => $"{(char)r.Type}{(char)r.Status}").OrderBy(g => g.Key, StringComparer.Ordinal).ToDictionary(g => g.Key, g => g.Count()),
        versions = manifest.Records.GroupBy(r => r.Version).OrderBy(g => g.Key).ToDictionary(g => g.Key.ToString(CultureInfo.InvariantCulture), g => g.Count()),
    };

    private static object Delta(DeltaHeader header, int bytes) => new
    {
        kind = header.TakeFullFile ? "marker: take the full file" : "delta",
        bytes,
        oldSize = header.OldSize,
        newSize = header.NewSize,
        mode = Convert.ToString(header.Mode, 8),
        uid = header.Uid,
        gid = header.Gid,
        control = $"{header.ControlLength} bytes, {Lower(header.Control)}",
        diff = $"{header.DiffLength} bytes, {Lower(header.Diff)}",
        extra = $"{header.ExtraLength} bytes, {Lower(header.Extra)}",
    };

    private static object Signature(string file, byte[] bytes)
    {
        try
        {
            var cms = new SignedCms();
            cms.Decode(bytes);
            var signer = cms.SignerInfos[0];
            var time = signer.SignedAttributes.Cast<CryptographicAttributeObject>().SelectMany(a => a.Values.Cast<AsnEncodedData>()).OfType<Pkcs9SigningTime>().FirstOrDefault();
            return new
            {
                kind = "signature",
                digest = signer.DigestAlgorithm.FriendlyName,
                signer = signer.Certificate?.Subject,
                signed = time?.SigningTime.ToString("u", CultureInfo.InvariantCulture),
                certificates = cms.Certificates.Select(c => new { c.Subject, c.Issuer, notBefore = c.NotBefore.ToUniversalTime(), notAfter = c.NotAfter.ToUniversalTime() }),
            };
        }
        catch (Exception e) when (e is CryptographicException or ArgumentOutOfRangeException)
        {
            throw new SlipwayException($"cannot read {file}", $"it is no PKCS#7 signature ({e.Message})", null, e);
        }
    }

    private static object Members(string file)
    {
        using var packed = File.OpenRead(file);
        var head = new byte[16];
        var codec = Compressor.Detect(head.AsSpan(0, packed.ReadAtLeast(head, head.Length, throwOnEndOfStream: false)));
        packed.Position = 0;
        using var tar = new TarReader(Compressor.DecompressDetected(packed), Limits);
        var members = new List<object>();
        while (tar.Next() is { } entry)
            members.Add(new
            {
                name = entry.Name.ToString(),
                type = Lower(entry.Type),
                mode = Convert.ToString(entry.Mode, 8),
                owner = $"{entry.Uid}:{entry.Gid}",
                size = entry.Size,
                target = entry.Type == NodeType.Symlink ? entry.LinkTarget.ToString() : null,
            });
        return new { kind = "tar", codec = Lower(codec), bytes = packed.Length, members };
    }

    private static string Lower<T>(T value)
        where T : struct, Enum => value.ToString().ToLowerInvariant();

    private static uint? Number(string text) => uint.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;

    private static string? Text(string file) => File.Exists(file) && new FileInfo(file).Length < 100 ? File.ReadAllText(file).Trim() : null;
}
