using System.Buffers.Binary;
using System.Text.Json;
using Slipway.Content;

namespace Slipway.Packages.Signing;

/// <summary>What the signer is asked to do.</summary>
internal enum SigningKind
{
    /// <summary>An OpenPGP clear-signed text.</summary>
    ClearText,

    /// <summary>A detached OpenPGP signature in armour.</summary>
    DetachedArmored,

    /// <summary>A detached OpenPGP signature in binary form.</summary>
    Detached,

    /// <summary>A detached signature of an rpm's main header.</summary>
    RpmHeader,

    /// <summary>A detached PKCS#7 signature, DER.</summary>
    Cms,

    /// <summary>The public halves of the OpenPGP keys.</summary>
    PublicKey,

    /// <summary>A stream's certificate.</summary>
    Certificate,

    /// <summary>The list of the certificates of one stream, or of all of them.</summary>
    Certificates,

    /// <summary>A certificate and key that were made elsewhere sign for the stream from now on.</summary>
    ImportCertificate,

    /// <summary>Makes a new signer under the stream's root.</summary>
    RotateSigner,

    /// <summary>Makes a new root that devices are told of.</summary>
    RotateRoot,

    /// <summary>The certificate whose fingerprint is the content signs nothing more.</summary>
    RevokeCertificate,

    /// <summary>Puts the subject on the allow-list.</summary>
    Allow,

    /// <summary>The list of OpenPGP keys.</summary>
    Keys,

    /// <summary>Makes a key that takes over at the stated time.</summary>
    Rotate,

    /// <summary>The key whose fingerprint is the subject signs nothing more.</summary>
    Retire,

    /// <summary>As retired, and no longer published.</summary>
    Withdraw,
}

/// <param name="Time">Seconds since 1970 that the signature states.</param>
/// <param name="Length">Bytes of content that follow.</param>
internal sealed record SignerRequest(SigningKind Kind, string Subject, long Time, long Length);

/// <param name="Error">Null when it worked; then Length bytes of answer follow.</param>
internal sealed record SignerReply(string? Error, long Length);

/// <summary>One request and one reply per connection: a four-byte length, that much JSON, then the content.</summary>
internal static class SignerProtocol
{
    public const int MaxHeadBytes = 4096;

    /// <summary>Package files are the largest thing that is signed whole (pacman).</summary>
    public const long MaxContentBytes = 4L << 30;

    /// <summary>Indexes, headers and manifests, which are held in memory.</summary>
    public const long MaxTextBytes = 256L << 20;

    public const long MaxReplyBytes = MaxTextBytes + (1 << 20);

    public static void WriteHead<T>(Stream stream, T head)
    {
        var json = JsonSerializer.SerializeToUtf8Bytes(head);
        var frame = new byte[4 + json.Length];
        BinaryPrimitives.WriteInt32BigEndian(frame, json.Length);
        json.CopyTo(frame, 4);
        stream.Write(frame);
    }

    public static T ReadHead<T>(Stream stream)
    {
        Span<byte> prefix = stackalloc byte[4];
        stream.ReadExactly(prefix);
        var length = BinaryPrimitives.ReadInt32BigEndian(prefix);
        if (length is <= 0 or > MaxHeadBytes)
            throw new SlipwayException("signer message", $"its head claims {length} bytes, more than {MaxHeadBytes}");
        var json = new byte[length];
        stream.ReadExactly(json);
        return JsonSerializer.Deserialize<T>(json) ?? throw new SlipwayException("signer message", "its head is empty");
    }

    public static void CopyExactly(Stream from, Stream to, long length)
    {
        var buffer = new byte[1 << 16];
        while (length > 0)
        {
            var read = from.Read(buffer, 0, (int)Math.Min(buffer.Length, length));
            if (read == 0) throw new EndOfStreamException($"the other side stopped {length} bytes early");
            to.Write(buffer, 0, read);
            length -= read;
        }
    }
}
