using System.Text;
using Slipway.State;

namespace Slipway.Builds;

/// <summary>The log of one attempt: a plain file that can be read while it grows, and that does not grow without end.</summary>
public sealed class AttemptLog : IDisposable
{
    /// <summary>Longest log kept, in bytes.</summary>
    public const long MaxBytes = 64 << 20;
    private static readonly byte[] Truncated = Encoding.ASCII.GetBytes("\n[TRUNCATED: the log is longer than 64 MiB]\n");

    private readonly FileStream _file;
    private readonly Lock _lock = new();
    private bool _full;

    public AttemptLog(DataDirectory data, long build, int attempt)
    {
        System.IO.Directory.CreateDirectory(data.Build(build));
        // No buffer of our own: what was logged is readable at once, and is there after a kill.
        _file = new FileStream(PathOf(data, build, attempt), FileMode.Create, FileAccess.Write, FileShare.Read, bufferSize: 0);
    }

    public static string PathOf(DataDirectory data, long build, int attempt) => System.IO.Path.Combine(data.Build(build), $"attempt-{attempt}.log");

    public void Say(string line) => Write(Encoding.UTF8.GetBytes($"slipway: {line}\n"));

    public void Write(ReadOnlyMemory<byte> bytes)
    {
        lock (_lock)
        {
            if (_full) return;
            var room = MaxBytes - _file.Length;
            _full = bytes.Length > room;
            _file.Write(_full ? bytes.Span[..(int)room] : bytes.Span);
            if (_full) _file.Write(Truncated);
        }
    }

    public void Dispose() => _file.Dispose();
}
