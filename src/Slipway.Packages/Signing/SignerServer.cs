using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text.Json;
using Slipway.Content;
using Slipway.State;

namespace Slipway.Packages.Signing;

/// <summary>The process that holds the keys. It signs what an allowed subject is given for, writes an audit row, and gives out only signatures and public halves.</summary>
public sealed class SignerServer : IDisposable
{
    private const UnixFileMode Private = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
    private const int MaxCertificateBytes = 256 * 1024;

    private readonly string _spool;
    private readonly TimeProvider _clock;
    private readonly OpenPgpKeys _openPgp;
    private readonly ContentCertificates _certificates;
    private readonly SigningAllowList _allowed;
    private readonly SigningAudit _audit;
    private readonly SemaphoreSlim _slots = new(16);
    private readonly SemaphoreSlim _signing = new(Environment.ProcessorCount);

    private SignerServer(string keys, OpenPgpKeys openPgp, TimeProvider clock)
    {
        _clock = clock;
        _openPgp = openPgp;
        _spool = Path.Combine(keys, "spool");
        _certificates = new(Path.Combine(keys, "streams"), clock);
        _allowed = new(Path.Combine(keys, "allowed-subjects"));
        _audit = new(Path.Combine(keys, "audit.jsonl"));
        Directory.CreateDirectory(Path.Combine(keys, "streams"), Private);
        Directory.CreateDirectory(_spool, Private);
        foreach (var left in Directory.EnumerateFiles(_spool)) File.Delete(left);
    }

    /// <summary>Makes the keys where there are none and answers until cancelled; a request that is being answered is finished first.</summary>
    public static Task RunAsync(DataDirectory data, CancellationToken cancellation) => RunAsync(data, TimeProvider.System, cancellation);

    /// <summary>As the other, with the clock that dates audit rows and certificates.</summary>
    public static async Task RunAsync(DataDirectory data, TimeProvider clock, CancellationToken cancellation)
    {
        Directory.CreateDirectory(data.Keys, Private);
        File.SetUnixFileMode(data.Keys, Private);
        using var single = HoldLock(Path.Combine(data.Keys, "lock"));
        var key = OpenPgpKeys.Open(Path.Combine(data.Keys, "gnupg"), clock, cancellation);
        using var server = new SignerServer(data.Keys, key, clock);
        await server.ListenAsync(data.SignerSocket, cancellation);
    }

    public void Dispose()
    {
        _certificates.Dispose();
        _slots.Dispose();
        _signing.Dispose();
    }

    private static FileStream HoldLock(string file)
    {
        try
        {
            return new FileStream(file, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException)
        {
            throw new SlipwayException($"signer of {Path.GetDirectoryName(file)}", "another signer holds these keys", "end it first");
        }
    }

    private async Task ListenAsync(string path, CancellationToken cancellation)
    {
        // Bound under another name first: the public name appears only when the socket is closed to other users and listening.
        var fresh = path + ".new";
        File.Delete(fresh);
        using var listener = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        listener.Bind(new UnixDomainSocketEndPoint(fresh));
        File.SetUnixFileMode(fresh, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        listener.Listen(64);
        File.Move(fresh, path, overwrite: true);
        var running = new HashSet<Task>();
        try
        {
            while (true)
            {
                await _slots.WaitAsync(cancellation);
                var peer = await listener.AcceptAsync(cancellation);
                running.RemoveWhere(task => task.IsCompleted);
                running.Add(Task.Run(() => Serve(peer), CancellationToken.None));
            }
        }
        catch (OperationCanceledException)
        {
            await Task.WhenAll(running);
        }
        finally
        {
            File.Delete(path);
        }
    }

    private void Serve(Socket socket)
    {
        // A peer that stalls must not hold its slot for ever.
        socket.ReceiveTimeout = socket.SendTimeout = 60_000;
        try
        {
            using var stream = new NetworkStream(socket, ownsSocket: true);
            byte[] answer;
            try
            {
                var peer = PeerIdentity.Of(socket);
                if (peer.Uid != PeerIdentity.OwnUid && peer.Uid != 0)
                    throw new SlipwayException($"signer request of uid {peer.Uid}", "only the signer's own user and root may ask");
                answer = Answer(SignerProtocol.ReadHead<SignerRequest>(stream), stream, peer);
            }
            catch (Exception error) when (error is SlipwayException or CryptographicException or IOException or JsonException or UnauthorizedAccessException or ArgumentException)
            {
                SignerProtocol.WriteHead(stream, new SignerReply(Shortened(error.Message), 0));
                return;
            }
            SignerProtocol.WriteHead(stream, new SignerReply(null, answer.Length));
            stream.Write(answer);
        }
        catch (IOException)
        {
            // The asking side went away or stalled; it will ask again.
        }
        finally
        {
            _slots.Release();
        }
    }

    private byte[] Answer(SignerRequest request, Stream stream, PeerIdentity peer)
    {
        if (request.Kind == SigningKind.PublicKey) return _openPgp.PublicKeys;
        if (request.Kind is SigningKind.Keys or SigningKind.Rotate or SigningKind.Retire or SigningKind.Withdraw) return ChangeKeys(request, peer);
        if (request.Kind == SigningKind.Certificates && request.Subject.Length == 0) return JsonSerializer.SerializeToUtf8Bytes(_certificates.All(null));
        var subject = SigningSubject.Checked(request.Subject);
        if (request.Kind == SigningKind.Allow)
        {
            if (_allowed.Add(subject)) _audit.Append(_clock.GetUtcNow(), request.Kind, subject, Digest.Of([]), 0, peer);
            return [];
        }
        if (!_allowed.Contains(subject)) throw new SlipwayException($"signing for '{subject}'", "it is not on the signer's allow-list");
        if (SigningSubject.IsStream(subject) && IsOfCertificates(request.Kind)) return ChangeCertificates(request, SigningSubject.StreamName(subject), stream, peer);
        if (SigningSubject.IsStream(subject) != (request.Kind is SigningKind.Cms or SigningKind.Certificate))
            throw new SlipwayException($"signing for '{subject}'", $"a {request.Kind} signature is not made for such a subject");
        return request.Kind == SigningKind.Certificate
            ? _certificates.TrustPem(SigningSubject.StreamName(subject))
            : Sign(request, subject, stream, peer);
    }

    private static bool IsOfCertificates(SigningKind kind) =>
        kind is SigningKind.Certificates or SigningKind.ImportCertificate or SigningKind.RotateSigner or SigningKind.RotateRoot or SigningKind.RevokeCertificate;

    private byte[] ChangeCertificates(SignerRequest request, string name, Stream stream, PeerIdentity peer)
    {
        if (request.Length is < 0 or > MaxCertificateBytes)
            throw new SlipwayException($"keys of stream {name}", $"{request.Length} bytes are more than the {MaxCertificateBytes} that are read");
        using var content = new MemoryStream();
        SignerProtocol.CopyExactly(stream, content, request.Length);
        var text = System.Text.Encoding.UTF8.GetString(content.ToArray());
        var given = text.Length == 0 ? null : text;
        if (request.Kind != SigningKind.Certificates)
            _audit.Append(_clock.GetUtcNow(), request.Kind, request.Subject, Digest.Of([]), 0, peer);
        if (request.Kind == SigningKind.ImportCertificate) _certificates.Import(name, JsonSerializer.Deserialize<CertificateImport>(text)!);
        else if (request.Kind == SigningKind.RotateSigner) _certificates.RotateSigner(name, given);
        else if (request.Kind == SigningKind.RotateRoot) _certificates.RotateRoot(name, given);
        else if (request.Kind == SigningKind.RevokeCertificate) _certificates.Revoke(name, text);
        return JsonSerializer.SerializeToUtf8Bytes(_certificates.All(name));
    }

    private byte[] ChangeKeys(SignerRequest request, PeerIdentity peer)
    {
        if (request.Kind != SigningKind.Keys)
        {
            var fingerprint = request.Kind == SigningKind.Rotate ? "a new key" : request.Subject;
            _audit.Append(_clock.GetUtcNow(), request.Kind, fingerprint, Digest.Of([]), 0, peer);
        }
        if (request.Kind == SigningKind.Rotate) _openPgp.Rotate(request.Time, CancellationToken.None);
        else if (request.Kind != SigningKind.Keys) _openPgp.Retire(request.Subject, request.Kind == SigningKind.Withdraw, CancellationToken.None);
        return JsonSerializer.SerializeToUtf8Bytes(_openPgp.All);
    }

    private byte[] Sign(SignerRequest request, string subject, Stream stream, PeerIdentity peer)
    {
        var limit = request.Kind == SigningKind.Detached ? SignerProtocol.MaxContentBytes : SignerProtocol.MaxTextBytes;
        if (request.Length < 0 || request.Length > limit)
            throw new SlipwayException($"signing for '{subject}'", $"{request.Length} bytes are more than the {limit} that are signed at once");
        var file = Path.Combine(_spool, Guid.CreateVersion7(_clock.GetUtcNow()).ToString("N"));
        try
        {
            using (var spool = new FileStream(file, new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite }))
                SignerProtocol.CopyExactly(stream, spool, request.Length);
            _signing.Wait();
            try
            {
                var signature = request.Kind == SigningKind.Cms
                    ? _certificates.Sign(SigningSubject.StreamName(subject), File.ReadAllBytes(file), DateTimeOffset.FromUnixTimeSeconds(request.Time))
                    : SignOpenPgp(request, file);
                _audit.Append(_clock.GetUtcNow(), request.Kind, subject, Digest.OfFile(file), request.Length, peer);
                return signature;
            }
            finally
            {
                _signing.Release();
            }
        }
        finally
        {
            File.Delete(file);
        }
    }

    private byte[] SignOpenPgp(SignerRequest request, string file)
    {
        if (request.Kind == SigningKind.RpmHeader) RpmSignature.RequireHeader(file);
        return _openPgp.Sign(request.Kind, file, request.Time);
    }

    private static string Shortened(string message) => message.Length <= 2000 ? message : message[..2000];
}
