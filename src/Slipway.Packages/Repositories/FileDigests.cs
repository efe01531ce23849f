using System.Security.Cryptography;

namespace Slipway.Packages.Repositories;

/// <summary>The older digests that index formats still list beside SHA-256; read once for all. Fields of the formats, not a protection.</summary>
internal sealed record FileDigests(string Md5, string Sha1, string Sha512)
{
    public static FileDigests Of(string path)
    {
#pragma warning disable CA5350, CA5351 // See above.
        using var md5 = IncrementalHash.CreateHash(HashAlgorithmName.MD5);
        using var sha1 = IncrementalHash.CreateHash(HashAlgorithmName.SHA1);
#pragma warning restore CA5350, CA5351
        using var sha512 = IncrementalHash.CreateHash(HashAlgorithmName.SHA512);
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, 0, FileOptions.SequentialScan);
        var block = new byte[Math.Clamp(file.Length, 1, 1 << 17)];
        int read;
        while ((read = file.Read(block)) > 0)
            foreach (var hash in new[] { md5, sha1, sha512 }) hash.AppendData(block, 0, read);
        return new(Hex(md5), Hex(sha1), Hex(sha512));

        static string Hex(IncrementalHash hash) => Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}
