using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using Slipway.Content;

namespace Slipway.Packages.Signing;

/// <summary>The service's side of the signer: each call is a connection of its own, so a signer that was started again is simply used.</summary>
public sealed class SignerClient(string socket)
{
    /// <summary>How long a call waits for a signer that is just starting; a fresh one makes its keys first.</summary>
    public TimeSpan Patience { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Puts the subject on the signer's allow-list; idempotent.</summary>
    public void Allow(string subject) => Ask(SigningKind.Allow, subject, default, Stream.Null, 0);

    /// <summary>The content as an OpenPGP clear-signed text (apt's InRelease). The time is what the signature states.</summary>
    public byte[] ClearSign(string subject, ReadOnlyMemory<byte> content, DateTimeOffset time) =>
        Ask(SigningKind.ClearText, subject, time, content);

    /// <summary>A detached OpenPGP signature, armoured (Release.gpg, repomd.xml.asc) or binary (pacman's .sig).</summary>
    public byte[] DetachSign(string subject, ReadOnlyMemory<byte> content, bool armor, DateTimeOffset time) =>
        Ask(armor ? SigningKind.DetachedArmored : SigningKind.Detached, subject, time, content);

    /// <summary>A detached binary OpenPGP signature of a whole file.</summary>
    public byte[] DetachSignFile(string subject, string path, DateTimeOffset time)
    {
        using var file = File.OpenRead(path);
        return Ask(SigningKind.Detached, subject, time, file, file.Length);
    }

    /// <summary>Writes the rpm at <paramref name="path"/> to <paramref name="destination"/> with our signature of its header in place of any other. The key's side sees the header only.</summary>
    public void SignRpm(string subject, string path, Stream destination, DateTimeOffset time)
    {
        using var package = File.OpenRead(path);
        RpmSignature.Replace(package, Path.GetFileName(path), header => Ask(SigningKind.RpmHeader, subject, time, header), destination);
    }

    /// <summary>A detached PKCS#7 signature (DER, SHA-256) by the stream's certificate; the same content and time give the same bytes.</summary>
    public byte[] SignCms(string subject, ReadOnlyMemory<byte> content, DateTimeOffset time) => Ask(SigningKind.Cms, subject, time, content);

    /// <summary>The OpenPGP keys in the order in which they sign or signed.</summary>
    public IReadOnlyList<SigningKey> Keys() => Keys(SigningKind.Keys, "", default);

    /// <summary>Makes a new OpenPGP key: published and signing indexes beside the present one from now on, alone from <paramref name="signsFrom"/> on.</summary>
    public IReadOnlyList<SigningKey> Rotate(DateTimeOffset signsFrom) => Keys(SigningKind.Rotate, "", signsFrom);

    /// <summary>Ends the signing of a key that is no longer, or not yet, the signing one.</summary>
    /// <param name="withdraw">It is no longer published either, and what it signed is not accepted by new clients.</param>
    public IReadOnlyList<SigningKey> Retire(string fingerprint, bool withdraw) => Keys(withdraw ? SigningKind.Withdraw : SigningKind.Retire, fingerprint, default);

    private SigningKey[] Keys(SigningKind kind, string subject, DateTimeOffset time) => JsonSerializer.Deserialize<SigningKey[]>(Ask(kind, subject, time, Stream.Null, 0))!;

    /// <summary>The public OpenPGP keys that clients may have to check, armoured in one block.</summary>
    public string PublicKeyArmored() => Encoding.ASCII.GetString(Ask(SigningKind.PublicKey, "", default, Stream.Null, 0));

    /// <summary>The certificates of a stream, made where there are none, or of every stream that has some.</summary>
    public IReadOnlyList<ContentCertificate> Certificates(string? stream = null) => stream is null
        ? JsonSerializer.Deserialize<ContentCertificate[]>(Ask(SigningKind.Certificates, "", default, Stream.Null, 0))!
        : Certificates(SigningKind.Certificates, stream, ReadOnlyMemory<byte>.Empty);

    /// <summary>Takes over a stream's certificate and key that were made elsewhere.</summary>
    public IReadOnlyList<ContentCertificate> ImportCertificate(string stream, CertificateImport import) => Certificates(SigningKind.ImportCertificate, stream, JsonSerializer.SerializeToUtf8Bytes(import));

    /// <summary>A new signer under the stream's root: devices notice nothing.</summary>
    /// <param name="rootPem">The root with its key as PEM. Unset: it lies on the signer's machine.</param>
    public IReadOnlyList<ContentCertificate> RotateSigner(string stream, string? rootPem = null) => Certificates(SigningKind.RotateSigner, stream, Encoding.UTF8.GetBytes(rootPem ?? ""));

    /// <summary>A new root: the versions made from now on tell devices to trust it, too. It takes over when the old one is revoked.</summary>
    /// <param name="rootPem">The old root with its key as PEM, to vouch for the new one. Unset: it lies on the signer's machine, or nobody vouches.</param>
    public IReadOnlyList<ContentCertificate> RotateRoot(string stream, string? rootPem = null) => Certificates(SigningKind.RotateRoot, stream, Encoding.UTF8.GetBytes(rootPem ?? ""));

    /// <summary>A root signs nothing more, by itself or by its signers; the new one takes over.</summary>
    public IReadOnlyList<ContentCertificate> RevokeCertificate(string stream, string fingerprint) => Certificates(SigningKind.RevokeCertificate, stream, Encoding.ASCII.GetBytes(fingerprint));

    private ContentCertificate[] Certificates(SigningKind kind, string stream, ReadOnlyMemory<byte> content)
    {
        var subject = SigningSubject.Stream(stream);
        Allow(subject);
        return JsonSerializer.Deserialize<ContentCertificate[]>(Ask(kind, subject, default, content))!;
    }

    /// <summary>The stream's certificate as PEM, made at first use.</summary>
    public byte[] CertificatePem(string stream) => Ask(SigningKind.Certificate, SigningSubject.Stream(stream), default, Stream.Null, 0);

    private byte[] Ask(SigningKind kind, string subject, DateTimeOffset time, ReadOnlyMemory<byte> content) =>
        Ask(kind, subject, time, new MemoryStream(content.ToArray(), writable: false), content.Length);

    private byte[] Ask(SigningKind kind, string subject, DateTimeOffset time, Stream content, long length)
    {
        using var connection = Connect();
        using var stream = new NetworkStream(connection, ownsSocket: false);
        try
        {
            var request = new SignerRequest(kind, subject, kind == SigningKind.Allow ? 0 : time.ToUnixTimeSeconds(), length);
            SignerReply reply;
            try
            {
                SignerProtocol.WriteHead(stream, request);
                SignerProtocol.CopyExactly(content, stream, length);
            }
            catch (IOException)
            {
                // A refusal may come before all content was taken; the reply says why.
            }
            reply = SignerProtocol.ReadHead<SignerReply>(stream);
            if (reply.Error is not null) throw new SlipwayException($"signer at {socket}", reply.Error);
            if (reply.Length is < 0 or > SignerProtocol.MaxReplyBytes) throw new SlipwayException($"signer at {socket}", $"its answer claims {reply.Length} bytes");
            var answer = new byte[reply.Length];
            stream.ReadExactly(answer);
            return answer;
        }
        catch (IOException lost)
        {
            throw Unreachable("it went away before it answered", lost);
        }
    }

    private Socket Connect()
    {
        var started = TimeProvider.System.GetTimestamp();
        while (true)
        {
            var connection = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified) { SendTimeout = 300_000, ReceiveTimeout = 300_000 };
            try
            {
                connection.Connect(new UnixDomainSocketEndPoint(socket));
                return connection;
            }
            catch (SocketException refused)
            {
                connection.Dispose();
                if (TimeProvider.System.GetElapsedTime(started) > Patience) throw Unreachable(refused.Message, refused);
                Thread.Sleep(50);
            }
        }
    }

    private SlipwayException Unreachable(string why, Exception inner) =>
        new($"signer at {socket}", why, "slipway signer (slipway serve starts one)", inner) { Kind = FailureKind.Unreachable };
}
