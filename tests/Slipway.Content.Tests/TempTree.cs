using System.Text;

namespace Slipway.Content.Tests;

/// <summary>A fresh directory, opened as a rooted tree, with a neighbour that nothing may reach; both go with the test.</summary>
internal sealed class TempTree : IDisposable
{
    public TempTree()
    {
        Base = Directory.CreateTempSubdirectory("slipway-content-").FullName;
        Tree = RootedTree.OpenOrCreate(Path.Combine(Base, "root"));
        Directory.CreateDirectory(Outside);
        File.WriteAllText(Path.Combine(Outside, "secret"), "secret");
    }

    public string Base { get; }

    public string Outside => Path.Combine(Base, "outside");

    public RootedTree Tree { get; }

    public static BytePath P(string path) => BytePath.From(path);

    public void Write(string path, string content, int mode = 0x1a4)
    {
        Tree.MakeDirectories(P(path).Parent);
        Tree.WriteFile(P(path), Encoding.UTF8.GetBytes(content), mode);
    }

    public string Read(string path) => Encoding.UTF8.GetString(Tree.ReadAllBytes(P(path)));

    public string InBase(string name) => Path.Combine(Base, name);

    public void Dispose()
    {
        using (var whole = RootedTree.Open(Base)) whole.RemoveTree(BytePath.Empty);
        Tree.Dispose();
        Directory.Delete(Base);
    }
}
