using System.Text;

namespace Slipway.Builds.Roots;

/// <summary>The log of a build: what the recipe writes, and lines of our own marked as such.</summary>
internal sealed class BuildLog(Action<ReadOnlyMemory<byte>> write)
{
    private readonly Lock _gate = new();

    internal void Say(string line) => Write(Encoding.UTF8.GetBytes($"slipway: {line}\n"));

    internal void Write(ReadOnlyMemory<byte> bytes)
    {
        lock (_gate)
            write(bytes);
    }
}
