using System.Diagnostics;
using System.Globalization;
using System.Text;

namespace Slipway.Builds.Roots;

/// <summary>
/// The log of a build: what the recipe writes and lines of our own, marked as such; every line begins with the seconds since the
/// attempt began. What the recipe writes beyond the bound is dropped, and the log says so; our own lines always get in.
/// </summary>
internal sealed class BuildLog(Action<ReadOnlyMemory<byte>> write, long maxBytes)
{
    private readonly Lock _gate = new();
    private readonly long _started = Stopwatch.GetTimestamp();
    private bool _inLine;
    private long _written;

    /// <summary>Bytes of the recipe that the log does not have.</summary>
    internal long DroppedBytes { get; private set; }

    internal void Say(string line)
    {
        lock (_gate)
        {
            if (_inLine)
                Put("\n"u8.ToArray());
            Put(Encoding.UTF8.GetBytes(string.Join('\n', line.Split('\n').Select(l => "slipway: " + l)) + "\n"));
        }
    }

    /// <summary>Says that another part of the build begins.</summary>
    internal void Phase(string name) => Say($"== {name}");

    internal void Write(ReadOnlyMemory<byte> bytes)
    {
        lock (_gate)
        {
            var room = (int)Math.Clamp(maxBytes - _written, 0, bytes.Length);
            if (room > 0)
                Put(bytes[..room]);
            if (room == bytes.Length)
                return;
            if (DroppedBytes == 0)
                Say($"[TRUNCATED: the recipe wrote more than {maxBytes >> 20} MiB; the rest is dropped]");
            DroppedBytes += bytes.Length - room;
        }
    }

    private void Put(ReadOnlyMemory<byte> bytes)
    {
        _written += bytes.Length;
        using var stamped = new MemoryStream(bytes.Length + 256);
        var stamp = Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"[{Stopwatch.GetElapsedTime(_started).TotalSeconds,8:F1}] "));
        for (var rest = bytes.Span; rest.Length > 0;)
        {
            if (!_inLine)
                stamped.Write(stamp);
            var end = rest.IndexOf((byte)'\n');
            stamped.Write(end < 0 ? rest : rest[..(end + 1)]);
            _inLine = end < 0;
            rest = end < 0 ? [] : rest[(end + 1)..];
        }
        write(stamped.ToArray());
    }
}
