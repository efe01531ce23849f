using System.Buffers;
using System.Security.Cryptography;

namespace Slipway.Packages.Repositories;

/// <summary>The older digests that index formats still list beside SHA-256; read once for all. Fields of the formats, not a protection.</summary>
internal sealed record FileDigests(string Md5, string Sha1, string Sha512)
{
    private const int Block = 1 << 17;

#pragma warning disable CA5350, CA5351 // See above.
    public static FileDigests Of(Stream file)
    {
        using var md5 = IncrementalHash.CreateHash(HashAlgorithmName.MD5);
        using var sha1 = IncrementalHash.CreateHash(HashAlgorithmName.SHA1);
        using var sha512 = IncrementalHash.CreateHash(HashAlgorithmName.SHA512);
        var block = ArrayPool<byte>.Shared.Rent(Block);
        try
        {
            file.Position = 0;
            int read;
            while ((read = file.Read(block)) > 0)
            {
                md5.AppendData(block, 0, read);
                sha1.AppendData(block, 0, read);
                sha512.AppendData(block, 0, read);
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(block);
        }
        return new(Hex(md5.GetHashAndReset()), Hex(sha1.GetHashAndReset()), Hex(sha512.GetHashAndReset()));
    }

    /// <summary>The only one that pacman's databases list.</summary>
    public static string Md5Of(Stream file)
    {
        file.Position = 0;
        return Hex(MD5.HashData(file));
    }
#pragma warning restore CA5350, CA5351

    private static string Hex(byte[] digest) => Convert.ToHexStringLower(digest);
}
