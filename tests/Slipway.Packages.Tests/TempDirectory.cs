namespace Slipway.Packages.Tests;

/// <summary>A fresh directory, gone at the end.</summary>
internal sealed class TempDirectory : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("slipway-packages-").FullName;

    public string this[params string[] parts] => System.IO.Path.Combine([Path, .. parts]);

    public string Make(params string[] parts)
    {
        var directory = this[parts];
        Directory.CreateDirectory(directory);
        return directory;
    }

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
