using System.Security.Cryptography;
using Slipway.Content;

namespace Slipway.Packages.Rpm;

/// <summary>The digests by which an rpm proves itself: of the header in the signature header, of the compressed payload in the header.</summary>
internal static class RpmDigests
{
    private const ulong Sha256Algorithm = 8;

    /// <summary>Older packages have MD5 and SHA-1 alone; those prove nothing and are not looked at.</summary>
    public static void CheckHeader(RpmHeader signature, Stream header)
    {
        if (signature.String(RpmTag.HeaderSha256) is { } sha256) Compare("sha256 of its header", sha256, Digest.OfStream(header).ToString());
        else if (signature.String(RpmTag.HeaderSha3) is { } sha3 && SHA3_256.IsSupported) Compare("sha3-256 of its header", sha3, Convert.ToHexStringLower(SHA3_256.HashData(header)));
    }

    private static void Compare(string what, string stated, string found)
    {
        if (!stated.Equals(found, StringComparison.OrdinalIgnoreCase)) throw new PackageFormatException($"the {what} is {found}, the package says {(stated.Length > 128 ? stated[..128] : stated)}");
    }

    private static (string What, string Stated, HashAlgorithmName Algorithm)? PayloadDigest(RpmHeader header)
    {
        if (header.String(RpmTag.PayloadSha256) is { } sha256 && (header.Number(RpmTag.PayloadSha256Algorithm) ?? Sha256Algorithm) == Sha256Algorithm)
            return ("sha256 of its payload", sha256, HashAlgorithmName.SHA256);
        if (header.String(RpmTag.PayloadSha512) is { } sha512) return ("sha512 of its payload", sha512, HashAlgorithmName.SHA512);
        return header.String(RpmTag.PayloadSha3) is { } sha3 && SHA3_256.IsSupported ? ("sha3-256 of its payload", sha3, HashAlgorithmName.SHA3_256) : null;
    }

    /// <summary>Hashes the compressed payload on its way. The decompressor closes it; <see cref="Finish"/> comes after that.</summary>
    public sealed class CheckedPayload : Stream
    {
        private readonly Stream source;
        private readonly IncrementalHash? hash;
        private readonly string what = "", stated = "";

        public CheckedPayload(Stream source, RpmHeader header)
        {
            this.source = source;
            if (PayloadDigest(header) is not { } digest) return;
            (what, stated, _) = digest;
            hash = IncrementalHash.CreateHash(digest.Algorithm);
        }

        public override bool CanRead => true;
        public override bool CanSeek => false;
        public override bool CanWrite => false;
        public override long Length => throw new NotSupportedException();
        public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

        /// <summary>Reads what is left and compares.</summary>
        public void Finish()
        {
            if (hash is null) return;
            var buffer = new byte[1 << 16];
            while (Read(buffer, 0, buffer.Length) > 0)
            {
            }
            Compare(what, stated, Convert.ToHexStringLower(hash.GetHashAndReset()));
        }

        public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

        public override int Read(Span<byte> buffer)
        {
            var read = source.Read(buffer);
            hash?.AppendData(buffer[..read]);
            return read;
        }

        public override void Flush() { }
        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();
        public override void SetLength(long value) => throw new NotSupportedException();
        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }
}
