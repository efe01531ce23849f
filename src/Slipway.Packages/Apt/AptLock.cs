using Slipway.Content;

namespace Slipway.Packages.Apt;

/// <summary>One holder at a time over all processes; the kernel lets go of it when the holder dies.</summary>
internal sealed class AptLock : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(15);
    private readonly FileStream held;

    private AptLock(FileStream held) => this.held = held;

    public static AptLock Take(string directory, TimeProvider clock, CancellationToken cancellation)
    {
        Directory.CreateDirectory(directory);
        var file = Path.Combine(directory, "lock");
        var started = clock.GetTimestamp();
        while (true)
        {
            cancellation.ThrowIfCancellationRequested();
            try
            {
                // The runtime takes an exclusive flock for FileShare.None.
                return new AptLock(new FileStream(file, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None));
            }
            catch (IOException) when (clock.GetElapsedTime(started) < Patience)
            {
                cancellation.WaitHandle.WaitOne(TimeSpan.FromMilliseconds(100));
            }
            catch (IOException error)
            {
                throw new SlipwayException($"lock {file}", $"another process has held it for {Patience.TotalMinutes:F0} minutes", "end that process, or wait for it", error);
            }
        }
    }

    public void Dispose() => held.Dispose();
}
