namespace Slipway.Updates.Tests;

internal sealed class TemporaryDirectory : IDisposable
{
    // Where there is one, a file system in memory: nothing here outlives its test, and syncing others' files takes time.
    private static readonly string Root = Directory.Exists("/dev/shm") ? "/dev/shm" : System.IO.Path.GetTempPath();

    public string Path { get; } = Directory.CreateDirectory(System.IO.Path.Combine(Root, $"slipway-updates-{Guid.NewGuid():N}")).FullName;

    public string this[string below] => System.IO.Path.Combine(Path, below);

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
