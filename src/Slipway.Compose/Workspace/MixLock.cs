using System.Globalization;
using System.Text;
using Slipway.Content;

namespace Slipway.Compose.Workspace;

/// <summary>One change of a workspace at a time, over all processes; the kernel lets go of it when the holder dies.</summary>
internal sealed class MixLock : IDisposable
{
    private readonly FileStream _held;

    private MixLock(FileStream held) => _held = held;

    /// <exception cref="SlipwayException">Somebody else holds it; he is named.</exception>
    public static MixLock Take(string directory, string purpose, TimeProvider clock)
    {
        var file = Path.Combine(directory, ".slipway-mix.lock");
        try
        {
            var held = new FileStream(file, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            held.SetLength(0);
            held.Write(Encoding.UTF8.GetBytes(string.Create(
                CultureInfo.InvariantCulture, $"process {Environment.ProcessId}, {purpose}, since {clock.GetUtcNow():yyyy-MM-dd HH:mm:ss} UTC")));
            held.Flush(flushToDisk: false);
            return new MixLock(held);
        }
        catch (IOException error)
        {
            throw new SlipwayException($"{purpose} in {directory}", $"the workspace is in use by {Holder(file)}", "wait for it to end", error) { Kind = FailureKind.Blocked };
        }
    }

    public void Dispose() => _held.Dispose();

    private static string Holder(string file)
    {
        try
        {
            // Read without a lock, which a FileStream would ask for.
            using var tree = RootedTree.Open(Path.GetDirectoryName(file)!);
            var text = tree.ReadAllBytes(BytePath.From(Path.GetFileName(file)), maxBytes: 1000);
            return text.Length == 0 ? "another process" : Encoding.UTF8.GetString(text);
        }
        catch (TreeException)
        {
            return "another process";
        }
    }
}
