using System.Text;
using System.Text.Json;
using Slipway.Content;

namespace Slipway.Packages.Signing;

/// <summary>The subjects that may be signed for: one a line, in a file of the keys directory.</summary>
internal sealed class SigningAllowList(string file)
{
    private readonly Lock _lock = new();

    public bool Contains(string subject)
    {
        lock (_lock) return Read().Contains(subject);
    }

    /// <summary>False when it was on the list already.</summary>
    public bool Add(string subject)
    {
        lock (_lock)
        {
            var subjects = Read();
            if (!subjects.Add(subject)) return false;
            AtomicFile.Write(file, Encoding.UTF8.GetBytes(string.Concat(subjects.Select(line => line + "\n"))), 0x180);
            return true;
        }
    }

    // Read at each use: whoever takes a line out of the file is obeyed at once.
    private SortedSet<string> Read() => File.Exists(file)
        ? new(File.ReadAllLines(file).Where(line => line.Length > 0), StringComparer.Ordinal)
        : new(StringComparer.Ordinal);
}

/// <summary>One line of JSON for each signature; on disk before the signature leaves the process.</summary>
internal sealed class SigningAudit(string file)
{
    private readonly Lock _lock = new();

    public void Append(DateTimeOffset when, SigningKind kind, string subject, Digest content, long bytes, PeerIdentity peer)
    {
        var line = JsonSerializer.SerializeToUtf8Bytes(new
        {
            when = when.ToString("yyyy-MM-ddTHH:mm:ss.fffZ", System.Globalization.CultureInfo.InvariantCulture),
            kind = kind.ToString(),
            subject,
            sha256 = content.ToString(),
            bytes,
            uid = peer.Uid,
            pid = peer.Pid,
        });
        lock (_lock)
        {
            using var log = new FileStream(file, new FileStreamOptions
            {
                Mode = FileMode.Append,
                Access = FileAccess.Write,
                UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
            });
            log.Write([.. line, (byte)'\n']);
            log.Flush(flushToDisk: true);
        }
    }
}
