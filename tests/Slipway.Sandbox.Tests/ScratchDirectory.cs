using Slipway.Content;

namespace Slipway.Sandbox.Tests;

/// <summary>A fresh directory that is gone when the test ends.</summary>
internal sealed class ScratchDirectory : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("slipway-test-").FullName;

    public string this[string name] => System.IO.Path.Combine(Path, name);

    public void Dispose()
    {
        using (var parent = RootedTree.Open(System.IO.Path.GetDirectoryName(Path)!))
            parent.RemoveTree(BytePath.From(System.IO.Path.GetFileName(Path)));
    }
}
