namespace Slipway.Content;

public sealed unsafe partial class RootedTree
{
    private const int Executable = 0x1ed, Plain = 0x1a4, OwnerMayExecute = 0x40;

    /// <summary>Copies the directories, files and symbolic links of a tree into this one, with the two modes that a version control knows.</summary>
    /// <param name="from">What to copy; nothing outside it is followed.</param>
    /// <param name="skip">True for what to leave out; asked of everything, also below what was left out. Unset: nothing.</param>
    /// <exception cref="SlipwayException">It holds something else, such as a device or a socket.</exception>
    public void CopySources(RootedTree from, Func<BytePath, bool>? skip = null)
    {
        foreach (var (path, stat) in from.Walk())
        {
            if (skip?.Invoke(path) == true)
                continue;
            switch (stat.Type)
            {
                case NodeType.Directory:
                    MakeDirectory(path, Executable);
                    break;
                case NodeType.Symlink:
                    MakeSymlink(path, from.ReadLink(path));
                    break;
                case NodeType.Regular:
                    using (var content = from.OpenRead(path))
                        WriteFile(path, content, (stat.Mode & OwnerMayExecute) != 0 ? Executable : Plain);
                    break;
                default:
                    throw new SlipwayException($"copy {from.Directory}", $"{path} is neither file, directory nor symbolic link", "remove it") { Kind = FailureKind.Usage };
            }
        }
    }
}
